import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestBroker } from "@oak/testkit";
import { afterEach, expect, test } from "vitest";
import { selfSigned } from "../../../cluster-orchestrator/mqtt-broker/test/self-signed.ts";
import { createProbes } from "../src/probes/probes.ts";

const here = "127.0.0.1";
const probes = createProbes(400);
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, here, resolve);
  });
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "oak-probes-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const ask = (port: number) => probes.http({ base: `http://${here}:${port}`, path: "/livez" });

test("an answer comes with its status, its JSON and its date", async () => {
  const port = await listen(
    createHttpServer((request, response) => {
      response.statusCode = 503;
      response.end(JSON.stringify({ path: request.url }));
    }),
  );
  const answer = await ask(port);
  expect(answer).toMatchObject({ kind: "answer", status: 503, body: { path: "/livez" } });
  expect(answer).toHaveProperty("dateMs", expect.any(Number));
});

test("a body is posted as JSON, to a socket of the machine as well", async () => {
  const folder = await aFolder();
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end(JSON.stringify({ method: request.method, sent: String(Buffer.concat(chunks)) }));
  });
  const path = join(folder, "s");
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
  const answer = await probes.http({ base: `unix:${path}`, path: "/x", body: { a: 1 } });
  expect(answer).toMatchObject({ body: { method: "POST", sent: '{"a":1}' } });
});

test("nobody, nobody in time and somebody else are told apart", async () => {
  const closed = createServer();
  const free = await listen(closed);
  await cleanUps.pop()?.();
  expect((await ask(free)).kind).toBe("refused");
  const silent = await listen(createServer((socket) => socket.resume()));
  expect((await ask(silent)).kind).toBe("timeout");
  const rude = await listen(createServer((socket) => socket.resume().end("220 mail\r\n")));
  expect((await ask(rude)).kind).toBe("broken");
  const nowhere = await probes.http({ base: "unix:/no/such/socket", path: "/" });
  expect(nowhere.kind).toBe("absent");
});

test("a redirect is an answer and is not followed", async () => {
  const port = await listen(
    createHttpServer((_request, response) => {
      response.writeHead(302, { location: "http://192.0.2.1/" }).end();
    }),
  );
  expect(await ask(port)).toMatchObject({ kind: "answer", status: 302 });
});

test("a broker answers a greeting and asks for a login", async () => {
  const broker = await startTestBroker(() => undefined);
  cleanUps.push(() => broker.stop());
  const answer = await probes.broker(here, broker.port);
  expect(answer).toEqual({ kind: "answer", login: "refused-login" });
});

test("a broker behind TLS is no stranger", async () => {
  const broker = await startTestBroker(() => undefined, selfSigned("broker"));
  cleanUps.push(() => broker.stop());
  expect(await probes.broker(here, broker.port)).toEqual({ kind: "answer", login: "tls" });
});

test("what is no broker is not taken for one", async () => {
  const web = await listen(createHttpServer((_request, response) => response.end()));
  expect((await probes.broker(here, web)).kind).toBe("broken");
});

test("files, programs and disks are looked at without a fault when there are none", async () => {
  const folder = await aFolder();
  const file = join(folder, "f");
  await writeFile(file, "text");
  await chmod(file, 0o640);
  expect(await probes.file(file)).toEqual({ kind: "file", mode: 0o640 });
  expect(await probes.read(file)).toBe("text");
  expect(await probes.file(join(folder, "none"))).toBeUndefined();
  expect(await probes.read(join(folder, "none"))).toBeUndefined();
  const ended = await probes.program("sh", "-c", "echo out; exit 3");
  expect(ended).toEqual({ code: 3, stdout: "out\n", stderr: "" });
  expect(await probes.program("no-such-program")).toBeUndefined();
  expect((await probes.space(folder))?.totalBytes).toBeGreaterThan(0);
  expect(await probes.space(join(folder, "none"))).toBeUndefined();
  expect(await probes.resolve("no-such-host.invalid")).toEqual([]);
  expect(probes.ownAddresses()).toContain(here);
});
