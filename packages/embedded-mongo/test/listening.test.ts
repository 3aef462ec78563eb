import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createEmbeddedMongo } from "../src/index.ts";
import { connectTo, eventually, startHarness, temporaryDirectory } from "./support/harness.ts";
import { opMsg, withHeader } from "./support/raw-messages.ts";

test("by default it listens on a unix socket for its owner alone", async () => {
  const { dataDir, server } = await startHarness();
  const path = join(dataDir, "mongo.sock");
  expect(server.url).toBe(`mongodb://${encodeURIComponent(path)}/?directConnection=true`);
  const stats = await stat(path);
  expect(stats.isSocket()).toBe(true);
  expect(stats.mode & 0o777).toBe(0o600);
});

test("the socket is gone after stop", async () => {
  const dataDir = await temporaryDirectory();
  const server = createEmbeddedMongo({ dataDir });
  await server.start();
  await server.stop();
  await expect(stat(join(dataDir, "mongo.sock"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("it listens on TCP if it is asked to", async () => {
  const { server, db } = await startHarness({ listen: { host: "127.0.0.1", port: 0 } });
  expect(server.url).toMatch(/^mongodb:\/\/127\.0\.0\.1:[1-9]\d*\/\?directConnection=true$/);
  expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
});

test("a socket that another server answers on is not taken", async () => {
  const { dataDir } = await startHarness();
  const other = createEmbeddedMongo({
    dataDir: await temporaryDirectory(),
    listen: { socketPath: join(dataDir, "mongo.sock") },
  });
  await expect(other.start()).rejects.toThrow("another process listens");
});

test("a file that is no socket is not removed", async () => {
  const dataDir = await temporaryDirectory();
  const socketPath = join(dataDir, "precious");
  await writeFile(socketPath, "data");
  const server = createEmbeddedMongo({ dataDir, listen: { socketPath } });
  await expect(server.start()).rejects.toThrow("is not a socket");
});

test("a socket path that the kernel would cut is refused", async () => {
  const dataDir = await temporaryDirectory();
  const socketPath = join(dataDir, "x".repeat(110));
  const server = createEmbeddedMongo({ dataDir, listen: { socketPath } });
  await expect(server.start()).rejects.toThrow("longer than 107 bytes");
});

test("it announces a standalone server without sessions", async () => {
  const { db } = await startHarness();
  const hello = await db.admin().command({ hello: 1 });
  expect(hello).toMatchObject({ isWritablePrimary: true, maxWireVersion: 21 });
  expect(hello).not.toHaveProperty("logicalSessionTimeoutMinutes");
  expect(hello).not.toHaveProperty("setName");
});

const garbage = [
  { name: "text", bytes: Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n") },
  { name: "zeros", bytes: Buffer.alloc(100) },
  { name: "a message of 48 MB and one byte", bytes: lengthOnly(48_000_001) },
  { name: "a negative length", bytes: lengthOnly(-5) },
  { name: "an unknown operation", bytes: withHeader(2012, Buffer.alloc(20)) },
  { name: "a section that leaves the message", bytes: overlong() },
  { name: "a message without a body", bytes: withHeader(2013, Buffer.alloc(4)) },
  {
    name: "a section of unknown kind",
    bytes: withHeader(2013, Buffer.from([0, 0, 0, 0, 7, 5, 0, 0, 0, 0])),
  },
  {
    name: "a legacy query",
    bytes: withHeader(2004, Buffer.from("\0\0\0\0db.c\0\0\0\0\0\0\0\0\0")),
  },
];

function lengthOnly(length: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(length, 0);
  return header;
}

function overlong(): Buffer {
  const message = opMsg({ ping: 1, $db: "d" });
  message.writeInt32LE(0x7fffff, 21);
  return message;
}

test.each(garbage)("$name closes that connection only, and is logged once", async ({ bytes }) => {
  const { dataDir, db, logs } = await startHarness();
  const socket = connect(join(dataDir, "mongo.sock"));
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const closed = once(socket, "close");
  socket.write(bytes);
  socket.resume();
  await closed;
  expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  expect(logs.filter(({ level }) => level !== "info")).toMatchObject([{ level: "warn" }]);
});

test("a client that leaves in the middle of a message is no event", async () => {
  const { dataDir, db, logs } = await startHarness();
  const socket = connect(join(dataDir, "mongo.sock"));
  await once(socket, "connect");
  socket.write(opMsg({ ping: 1, $db: "d" }).subarray(0, 20));
  socket.destroy();
  await once(socket, "close");
  expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  expect(logs.filter(({ level }) => level !== "info")).toEqual([]);
});

test("unacknowledged writes are done without an answer", async () => {
  const { db } = await startHarness();
  const c = db.collection("c");
  await c.insertOne({ n: 1 }, { writeConcern: { w: 0 } });
  await eventually(async () => (await c.countDocuments()) === 1);
});

test("stop lets commands at work answer", async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isGated = false;
  const afterFlush = (flushed: Promise<unknown>) => (isGated ? gate.then(() => flushed) : flushed);
  const { server, db } = await startHarness({}, { afterFlush });
  const c = db.collection("c");
  await c.insertOne({});
  isGated = true;
  const write = c.insertOne({});
  await eventually(async () => (await c.countDocuments()) === 2);
  const stopped = server.stop();
  release();
  expect(await write).toMatchObject({ acknowledged: true });
  await stopped;
});

test("it can be started again after stop, and not twice", async () => {
  const { server } = await startHarness();
  await expect(server.start()).rejects.toThrow("started already");
  await server.stop();
  await server.start();
  const client = await connectTo(server.url);
  expect(await client.db("d").command({ ping: 1 })).toMatchObject({ ok: 1 });
});
