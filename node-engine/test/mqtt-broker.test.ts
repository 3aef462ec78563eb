import { createServer, type Server, Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { createSilentLogger, systemClock } from "@oak/kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createMqttBroker } from "../src/adapters/mqtt/broker.ts";
import { BrokerRefusal } from "../src/domain/broker-refusal.ts";
import type { BrokerLogin } from "../src/ports.ts";

/** Answers each CONNECT with these bytes, each SUBSCRIBE with success, and nothing else. */
let connack: Buffer | undefined;
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  connack = Buffer.from([0x20, 2, 0, 0]);
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const type = data.readUInt8(0) >> 4;
      if (type === 1 && connack !== undefined) socket.write(connack);
      if (type === 8) socket.write(Buffer.from([0x90, 3, data.readUInt8(2), data.readUInt8(3), 1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;
const onCommand = (): void => undefined;

function login(): BrokerLogin {
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return { workerId: "a".repeat(24), session: 3, port, username: "a", password: "b" };
}

const broker = (keepaliveS = 5, connectTimeoutMs = 5_000) =>
  createMqttBroker({
    host: "127.0.0.1",
    keepaliveS,
    connectTimeoutMs,
    clock: systemClock,
    logger: createSilentLogger(),
  });

test.each([
  [3, false],
  [4, true],
  [5, true],
])("return code %d is told apart", async (code, isCredential) => {
  connack = Buffer.from([0x20, 2, 0, code]);

  const refusal = await broker()
    .connect(login(), { onCommand, signal: never })
    .catch((error: unknown) => error);

  expect(refusal).toBeInstanceOf(BrokerRefusal);
  expect(refusal).toMatchObject({ code, isCredential });
});

test("a broker that accepts and says nothing is given up", async () => {
  connack = undefined;

  await expect(broker(5, 200).connect(login(), { onCommand, signal: never })).rejects.toThrow(
    "connack timeout",
  );
});

test("an address without a broker is a network error", async () => {
  const nobody = { ...login(), port: 1 };

  await expect(broker().connect(nobody, { onCommand, signal: never })).rejects.toThrow(
    "ECONNREFUSED",
  );
});

test.each([
  ["plain", undefined],
  ["TLS", Buffer.from(rootCertificates[0] ?? "")],
])("nothing is held back to fill a packet: %s", async (_, ca) => {
  const setNoDelay = vi.spyOn(Socket.prototype, "setNoDelay");
  const door = createMqttBroker({
    host: "127.0.0.1",
    clock: systemClock,
    logger: createSilentLogger(),
    ...(ca !== undefined && { ca }),
  });
  const controller = new AbortController();
  connack = undefined;

  const connecting = door.connect(login(), { onCommand, signal: controller.signal });

  expect(setNoDelay.mock.calls).toEqual([[true]]);
  controller.abort(new Error("seen"));
  await expect(connecting).rejects.toThrow("seen");
  setNoDelay.mockRestore();
});

test("connecting ends when it is aborted", async () => {
  connack = undefined;
  const controller = new AbortController();
  const connecting = broker().connect(login(), { onCommand, signal: controller.signal });

  controller.abort(new Error("stopping"));

  await expect(connecting).rejects.toThrow("stopping");
});

test("a link that has fallen silent is noticed although heartbeats go out on it", async () => {
  const connection = await broker(1).connect(login(), { onCommand, signal: never });
  const beat = setInterval(() => connection.send("information", {}, { qos: 0 }), 50);

  await connection.ended;

  clearInterval(beat);
});

test("garbage from the broker ends the connection", async () => {
  const connection = await broker().connect(login(), { onCommand, signal: never });

  sockets[0]?.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));

  await connection.ended;
});

test("a farewell to a broker that does not answer is not waited for", async () => {
  const connection = await broker().connect(login(), { onCommand, signal: never });
  const startedMs = performance.now();

  await connection.close({ session: 3, state: "agent_lost" });

  expect(performance.now() - startedMs).toBeLessThan(3_000);
  await connection.ended;
});

test("a question stays open from the first that is not answered", async () => {
  const connection = await broker().connect(login(), { onCommand, signal: never });
  expect(connection.unansweredSinceMs()).toBeUndefined();

  connection.ask();
  const sinceMs = connection.unansweredSinceMs();
  expect(sinceMs).toBeGreaterThan(0);
  connection.ask();
  expect(connection.unansweredSinceMs()).toBe(sinceMs);

  sockets[0]?.write(Buffer.from([0xd0, 0]));
  await vi.waitFor(() => expect(connection.unansweredSinceMs()).toBeUndefined());
  await connection.close();
});
