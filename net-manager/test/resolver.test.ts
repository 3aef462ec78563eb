import { createSocket } from "node:dgram";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { decode, encode, type Packet, type RecordType } from "dns-packet";
import { afterEach, beforeEach, expect, test } from "vitest";
import { framed, readFrames } from "../src/dns/tcp-frames.ts";
import { aTable, eventually, type Harness, startHarness, web } from "./harness.ts";

let harness: Harness;
let port: number;
const name = "web.prod.shop.prod.oak";

beforeEach(async () => {
  harness = await startHarness();
  await harness.register();
  harness.cluster.tables.set(web, aTable({ 0: "10.18.1.2", 3: null }));
  port = await eventually(() => {
    const bound = harness.manager.resolver.listening[0];
    expect(bound).toBeDefined();
    return bound?.port ?? 0;
  });
});

afterEach(() => harness.stop());

function exchange(packet: Buffer, to = port, timeoutMs = 8_000): Promise<Buffer | undefined> {
  const socket = createSocket("udp4");
  return new Promise<Buffer | undefined>((resolve) => {
    const send = (): void => socket.send(packet, to, "127.0.0.1");
    // As clients do: who is asked by many at once drops what its socket has no room for.
    const again = setInterval(send, 500);
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    socket.once("message", resolve);
    socket.once("close", () => {
      clearInterval(again);
      clearTimeout(timer);
    });
    send();
  }).finally(() => socket.close());
}

function question(asked: string, type: RecordType = "A"): Buffer {
  return encode({ type: "query", id: 7, flags: 0x0100, questions: [{ name: asked, type }] });
}

async function ask(asked: string, type: RecordType = "A"): Promise<Packet & { rcode?: string }> {
  return decode((await exchange(question(asked, type)))!);
}

const dataOf = (packet: Packet): unknown[] =>
  (packet.answers ?? []).map((one) => ("data" in one ? one.data : undefined));

test.each([
  [name, "A", "10.30.0.1"],
  [name, "AAAA", "fdff:2000::1"],
  [`closest.${name}`, "A", "10.30.0.2"],
  [`3.${name}`, "A", "10.30.1.3"],
  [`0.${name}`, "AAAA", "fdff::1:0"],
  ["WEB.Prod.shop.prod.OAK", "A", "10.30.0.1"],
] as const)("%s %s is %s", async (asked, type, address) => {
  expect(dataOf(await ask(asked, type))).toEqual([address]);
});

test.each([
  ["nobody.prod.shop.prod.oak", "A"],
  [`9.${name}`, "A"],
  [`nearest.${name}`, "A"],
  [`1.2.${name}`, "A"],
] as const)("%s does not exist", async (asked, type) => {
  const answer = await ask(asked, type);
  expect(answer.rcode).toBe("NXDOMAIN");
  expect(answer.authorities?.[0]?.type).toBe("SOA");
});

test.each([
  [name, "TXT"],
  ["shop.prod.oak", "A"],
] as const)("%s has no %s", async (asked, type) => {
  const answer = await ask(asked, type);
  expect(answer).toMatchObject({ rcode: "NOERROR", answers: [] });
});

test("a name is not looked for longer than three seconds", async () => {
  harness.cluster.isAnswering = false;
  expect((await ask("late.prod.shop.prod.oak")).rcode).toBe("SERVFAIL");
});

test("questions come by TCP as well, several on one connection", async () => {
  const socket = connect(port, "127.0.0.1");
  const answers: unknown[] = [];
  const read = readFrames((message) => answers.push(...dataOf(decode(message))));
  socket.on("data", read);
  socket.write(Buffer.concat([framed(question(name)), framed(question(name, "AAAA"))]));
  await eventually(() => expect(answers.toSorted()).toEqual(["10.30.0.1", "fdff:2000::1"]));
  socket.destroy();
});

test("other names are asked of the host's resolvers, the next one when one is silent", async () => {
  const upstream = createSocket("udp4");
  upstream.on("message", (packet, from) => {
    const { id = 0, questions = [] } = decode(packet);
    const answer = encode({
      type: "response",
      id,
      questions,
      answers: [{ type: "A", name: questions[0]?.name ?? "", ttl: 60, data: "192.0.2.1" }],
    });
    upstream.send(answer, from.port, from.address);
  });
  const silent = createSocket("udp4");
  for (const one of [upstream, silent]) {
    await new Promise<void>((resolve) => one.bind(0, "127.0.0.2", resolve));
  }
  const lines = [silent, upstream].map((one) => `nameserver 127.0.0.2#${one.address().port}\n`);
  // Ourselves come first: that would never end.
  await writeFile(
    path.join(harness.folder, "resolv.conf"),
    `nameserver 127.0.0.1#${port}\n${lines.join("")}`,
  );
  expect(dataOf(await ask("example.org"))).toEqual(["192.0.2.1"]);
  upstream.close();
  silent.close();
});

test("without resolvers of the host other names fail at once", async () => {
  expect((await ask("example.org")).rcode).toBe("SERVFAIL");
});

test("what is no question is not answered, and harms nobody", async () => {
  const answer = encode({ type: "response", id: 1, questions: [{ name, type: "A" }] });
  for (const packet of [Buffer.from([1, 2, 3]), Buffer.alloc(12, 0xff), answer]) {
    expect(await exchange(packet, port, 100)).toBeUndefined();
  }
  const loop = Buffer.from("000701000001000000000000c00c00010001", "hex");
  await exchange(loop, port, 100);
  expect(dataOf(await ask(name))).toEqual(["10.30.0.1"]);
});

test("a question that would take long to read, or to answer, is refused at once", async () => {
  const body = question(name).subarray(12);
  const count = 5_000;
  const header = Buffer.from("000701000000000000000000", "hex");
  header.writeUInt16BE(count, 4);
  const pointers = Array.from({ length: count - 1 }, () => Buffer.from("c00c00010001", "hex"));
  const many = Buffer.concat([header, body, ...pointers]);
  const socket = connect(port, "127.0.0.1");
  const codes: unknown[] = [];
  socket.on(
    "data",
    readFrames((message) => codes.push((decode(message) as { rcode?: string }).rcode)),
  );
  socket.write(framed(many));
  await eventually(() => expect(codes).toEqual(["NOTIMP"]));
  socket.destroy();
  expect(dataOf(await ask(name))).toEqual(["10.30.0.1"]);
});

test("who asks for more than it may takes no turn of others", async () => {
  harness.cluster.isAnswering = false;
  const greedy = createSocket("udp4");
  await new Promise<void>((resolve) => greedy.bind(0, "127.0.0.2", resolve));
  for (let n = 0; n < 1_000; n += 1) greedy.send(question(`late${n}.a.b.c.oak`), port, "127.0.0.1");
  await eventually(() => expect(harness.manager.agent.status().openQueries).toBeGreaterThan(0));
  expect((await ask("shop.prod.oak")).rcode).toBe("NOERROR");
  expect(harness.manager.agent.status().openQueries).toBeLessThanOrEqual(64);
  greedy.close();
});
