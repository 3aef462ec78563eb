import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  closed,
  connectPacket,
  inbox,
  publishPacket,
  startBroker,
  subscribePacket,
  until,
  workerA,
  workerB,
} from "./broker.ts";

type Broker = Awaited<ReturnType<typeof startBroker>>;

/** The proof that the broker still does its work. */
async function stillWorks({ asManager, asWorker }: Broker): Promise<void> {
  const [manager, worker] = [await asManager(), await asWorker(workerB)];
  await manager.subscribeAsync(`nodes/${workerB}/job`);
  const received = inbox(manager);
  await worker.publishAsync(`nodes/${workerB}/job`, "alive", { qos: 1 });
  await until(() => received.length === 1);
}

/** A connection beneath MQTT that has logged in as a worker. */
async function loggedIn(broker: Broker) {
  const socket = await broker.openSocket();
  const answer = new Promise((resolve) => socket.once("data", resolve));
  socket.write(connectPacket(workerA, workerA, `pw-${workerA}`));
  await answer;
  return socket;
}

test("random bytes end only the connection that sent them", async () => {
  const broker = await startBroker({ limits: { handshakeTimeoutMs: 300 } });
  for (let round = 0; round < 50; round += 1) {
    const socket = await broker.openSocket();
    socket.end(randomBytes(1 + ((round * 37) % 400)));
    socket.resume();
    await closed(socket);
  }
  await stillWorks(broker);
}, 40_000);

test("random bytes after a good login end only that connection", async () => {
  const broker = await startBroker();
  for (let type = 0; type < 256; type += 5) {
    const socket = await loggedIn(broker);
    const body = randomBytes(20);
    socket.end(Buffer.concat([Buffer.from([type, body.length]), body]));
    socket.resume();
    await closed(socket);
  }
  await stillWorks(broker);
}, 40_000);

test("a packet that claims to be larger than allowed is cut at its header", async () => {
  const broker = await startBroker();
  const socket = await loggedIn(broker);
  socket.resume();
  socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  await closed(socket);
  expect(await broker.metric("mqtt_clients_cut_total")).toBe(1);
  await stillWorks(broker);
});

test("before the login only small packets are taken", async () => {
  const broker = await startBroker({ limits: { maxHandshakeBytes: 1_000 } });
  const socket = await broker.openSocket();
  socket.write(connectPacket(workerA, workerA, "x".repeat(1_000)));
  await closed(socket);
  await stillWorks(broker);
});

test("a packet just below the limit passes", async () => {
  const broker = await startBroker();
  const [manager, worker] = [await broker.asManager(), await broker.asWorker(workerA)];
  await manager.subscribeAsync("nodes/+/inventory");
  const received = inbox(manager);
  await worker.publishAsync(`nodes/${workerA}/inventory`, Buffer.alloc(1_000_000, 65), { qos: 1 });
  await until(() => received.length === 1);
});

test.each([
  ["the longest topic that MQTT has", `nodes/${"x".repeat(65_000)}`],
  ["a topic of thousands of levels", "/".repeat(30_000)],
  ["an empty topic", ""],
  ["a wildcard as topic", `nodes/${workerA}/#`],
  ["a topic with a zero byte", `nodes/${workerA}/\u0000`],
])("%s harms nobody", async (_case, topic) => {
  const broker = await startBroker();
  const socket = await loggedIn(broker);
  socket.write(publishPacket(topic, Buffer.alloc(10)));
  socket.write(subscribePacket(topic));
  socket.end();
  socket.resume();
  await closed(socket);
  await stillWorks(broker);
});

test("256 KB of levels as payload, and nonsense as JSON, are passed on as they are", async () => {
  const broker = await startBroker();
  const [manager, worker] = [await broker.asManager(), await broker.asWorker(workerA)];
  await manager.subscribeAsync("nodes/+/job");
  const received = inbox(manager);
  await worker.publishAsync(`nodes/${workerA}/job`, "[".repeat(256 * 1024), { qos: 1 });
  await until(() => received.length === 1);
});

test("one frozen subscriber is cut while all others go on", async () => {
  const broker = await startBroker();
  const frozen = await broker.openSocket();
  frozen.write(connectPacket("frozen", "tier:manager", "secret"));
  frozen.write(subscribePacket("nodes/#"));
  await new Promise((resolve) => frozen.once("data", resolve));
  frozen.pause();
  const manager = await broker.asManager();
  await manager.subscribeAsync("nodes/#");
  const received = inbox(manager);
  const workers = await Promise.all([workerA, workerB].map((id) => broker.asWorker(id)));

  // Far more than the buffers of the kernel take, in the size of ordinary reports.
  const payload = Buffer.alloc(4_000, 65);
  const perWorker = 3_000;
  await Promise.all(
    workers.map(async (worker, index) => {
      const topic = `nodes/${[workerA, workerB][index]}/information`;
      for (let sent = 0; sent < perWorker; sent += 1) await worker.publishAsync(topic, payload);
    }),
  );
  await until(() => received.length === 2 * perWorker, 15_000);
  await until(async () => (await broker.metric("mqtt_clients_cut_total")) === 1);
  expect(workers.every((worker) => worker.connected)).toBe(true);
  expect(manager.connected).toBe(true);
  await stillWorks(broker);
}, 40_000);

test("stopping ends all connections", async () => {
  const { broker, asWorker, openSocket } = await startBroker();
  const worker = await asWorker(workerA);
  const socket = await openSocket();
  await broker.stop();
  await until(() => !worker.connected);
  await closed(socket);
  expect(broker.port).toBeUndefined();
});
