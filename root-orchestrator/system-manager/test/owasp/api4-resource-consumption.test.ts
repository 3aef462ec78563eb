import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { connectRaw, type RawClient, requestHead } from "./raw-client.ts";

/* OWASP API4:2023, unrestricted resource consumption. */

let database: TestDatabase;
let harness: Harness;
let token: string;
const open: RawClient[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database, { patience: { headersMs: 1_000, requestMs: 1_500 } });
  token = await harness.login();
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

/** Whatever was done to the root, the next honest request is served. */
afterEach(async () => {
  for (const { socket } of open.splice(0)) socket.destroy();
  const { status, body } = await harness.call("GET", "/api/applications", { token });
  expect([status, body]).toEqual([200, []]);
});

async function raw(): Promise<RawClient> {
  const client = await connectRaw(harness.manager.url());
  open.push(client);
  return client;
}

const json = { "content-type": "application/json" };

describe("a body", () => {
  test.each([
    ["100,000 levels deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400],
    ["of 400,000 levels that never end", '{"a":'.repeat(200_000), 400],
    ["of 60,000 keys", JSON.stringify(Object.fromEntries(manyKeys(60_000))), 422],
    ["of a megabyte and more", JSON.stringify({ x: "y".repeat(1_100_000) }), 413],
  ])("%s is refused in time", async (_name, text, expected) => {
    const startedMs = performance.now();
    const { status, body } = await harness.call("POST", "/api/application", { token, raw: text });
    expect([status, body.code]).toEqual([expected, expected]);
    expect(JSON.stringify(body).length).toBeLessThan(50_000);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test("that never ends is not read to its end: what is kept stays small", async () => {
    const client = await raw();
    const headers = { ...json, authorization: `Bearer ${token}`, "transfer-encoding": "chunked" };
    client.write(requestHead("POST", "/api/application", headers));
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const mostBytes = 256 * 1024 * 1024;
    while (!client.socket.destroyed && client.socket.bytesWritten < mostBytes) {
      if (!client.socket.write(chunk)) {
        await Promise.race([
          new Promise((resolve) => client.socket.once("drain", resolve)),
          new Promise((resolve) => client.socket.once("close", resolve)),
        ]);
      }
    }
    // The limit, and what the kernel keeps on both sides.
    expect(client.socket.bytesWritten).toBeLessThan(32 * 1024 * 1024);
  });

  test("that says it is compressed is not unpacked", async () => {
    const { status } = await harness.call("POST", "/api/application", {
      token,
      raw: "\u001f\u008b\u0008",
      headers: { "content-encoding": "gzip" },
    });
    expect([400, 415]).toContain(status);
  });
});

describe("a client that is slow", () => {
  test("with its headers is let go with 408", async () => {
    const client = await raw();
    client.write("GET /api/applications HTTP/1.1\r\nhost: root\r\nx-slow: ");
    expect(await client.answer()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("with its body is let go with 408", async () => {
    const client = await raw();
    const headers = { ...json, "content-length": 1_000 };
    client.write(`${requestHead("POST", "/api/auth/login", headers)}{"username":`);
    expect(await client.answer()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("three hundred times over keeps nobody waiting", async () => {
    const clients = await Promise.all(Array.from({ length: 300 }, raw));
    for (const client of clients) client.write("POST /api/auth/login HTTP/1.1\r\nhost: root\r\n");
    const startedMs = performance.now();
    expect((await harness.call("GET", "/api/applications", { token })).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.every((answer) => answer.startsWith("HTTP/1.1 408 "))).toBe(true);
  });
});

describe("an address", () => {
  test.each([
    ["with a part of 10,000 characters", `/api/application/${"x".repeat(10_000)}`, 414],
    ["of 60,000 characters", `/api/applications?x=${"y".repeat(60_000)}`, 431],
    ["with 3,000 parameters", `/api/applications?${"a=1&".repeat(3_000)}`, 200],
  ])("%s is answered", async (_name, path, expected) => {
    expect((await harness.call("GET", path, { token })).status).toBe(expected);
  });

  test("and a thousand headers too", async () => {
    const client = await raw();
    const headers = Object.fromEntries(manyKeys(1_900).map(([key]) => [key, "x".repeat(20)]));
    client.write(requestHead("GET", "/api/applications", headers));
    expect(await client.answer((text) => text.endsWith("}"))).toMatch(
      /^HTTP\/1\.1 431 .*"code":431/s,
    );
  });
});

test("no page is larger than a page may be", async () => {
  for (const limit of ["1001", "1e9", "Infinity", "-1", "0"]) {
    const { status } = await harness.call("GET", `/api/services?limit=${limit}`, { token });
    expect([limit, status]).toEqual([limit, 422]);
  }
  expect((await harness.call("GET", "/api/services?limit=1000", { token })).status).toBe(200);
});

test("thousands of requests, honest and broken, are all answered", async () => {
  const statuses = new Set<number>();
  const calls = ["/api/applications", "/api/service/none", "/api/none", "/api/services?limit=x"];
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        harness.call("GET", calls[n % calls.length] ?? "", { token }),
      ),
    );
    for (const { status } of answers) statuses.add(status);
  }
  expect([...statuses].toSorted()).toEqual([200, 404, 422]);
});

test("a request after the other on one connection, sent without waiting, is answered in order", async () => {
  const client = await raw();
  client.write(requestHead("GET", "/api/none", {}).repeat(200));
  const refusals = (text: string): number => text.split("HTTP/1.1 404").length - 1;
  const answers = await client.answer((text) => refusals(text) === 200 && text.endsWith("}"));
  expect(refusals(answers)).toBe(200);
});

function manyKeys(count: number): [string, number][] {
  return Array.from({ length: count }, (_, n) => [`key${n}`, n]);
}
