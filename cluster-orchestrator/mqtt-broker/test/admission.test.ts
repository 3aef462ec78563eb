import { expect, test } from "vitest";
import { inbox, startBroker, until, workerA, workerB } from "./broker.ts";

test("a worker is admitted with its credential", async () => {
  const { asWorker, metric } = await startBroker();
  const client = await asWorker(workerA);
  expect(client.connected).toBe(true);
  expect(await metric("mqtt_clients")).toBe(1);
});

test.each([
  ["a wrong password", { username: workerA, password: "x" }, 4],
  ["no credential", {}, 5],
  ["an empty user name", { username: "", password: "" }, 5],
  ["a wildcard as user name", { username: "#", password: "pw-#" }, 4],
  ["a user name of two levels", { username: "a/b", password: "pw-a/b" }, 4],
  ["somebody else's client id", { username: workerB, password: `pw-${workerB}` }, 5],
  ["a checker that cannot tell", { username: "broken", password: "x" }, 3],
])("a connection with %s is refused", async (_case, credential, code) => {
  const { connect, metric } = await startBroker();
  await expect(connect({ clientId: `${workerA}-ne`, ...credential })).rejects.toMatchObject({
    code,
  });
  expect(await metric("mqtt_clients")).toBe(0);
});

test("an older worker without credential joins only when that is allowed, and only as itself", async () => {
  const { connect, asManager } = await startBroker({ allowInsecureJoin: true });
  const manager = await asManager();
  await manager.subscribeAsync("nodes/#");
  const received = inbox(manager);
  const client = await connect({ clientId: `${workerA}-ne` });
  await client.publishAsync(`nodes/${workerB}/information`, "forged", { qos: 1 });
  await client.publishAsync(`nodes/${workerA}/information`, "own", { qos: 1 });
  await until(() => received.length > 0);
  expect(received).toEqual([`nodes/${workerA}/information own`]);
  await expect(connect({ clientId: "anything" })).rejects.toMatchObject({ code: 5 });
});

test("a client without credential cannot take over from one that has proved itself", async () => {
  const { connect, asWorker } = await startBroker({ allowInsecureJoin: true });
  const client = await asWorker(workerA);
  await expect(connect({ clientId: `${workerA}-ne` })).rejects.toMatchObject({ code: 5 });
  expect(client.connected).toBe(true);
});

test("the same client id connecting again closes the old connection", async () => {
  const { asWorker, asManager, metric } = await startBroker();
  const old = await asWorker(workerA);
  await old.subscribeAsync(`nodes/${workerA}/#`);
  const young = await asWorker(workerA);
  await until(() => !old.connected);
  await young.subscribeAsync(`nodes/${workerA}/control/deploy`);
  const received = inbox(young);
  await (await asManager()).publishAsync(`nodes/${workerA}/control/deploy`, "go", { qos: 1 });
  await until(() => received.length === 1);
  expect(await metric("mqtt_clients")).toBe(2);
});

test("of many connections at once with one client id exactly one survives", async () => {
  const { asWorker, metric, broker } = await startBroker();
  const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => asWorker(workerA)));
  const clients = attempts.flatMap((attempt) =>
    attempt.status === "fulfilled" ? [attempt.value] : [],
  );
  await until(() => clients.filter((client) => client.connected).length === 1);
  expect(await metric("mqtt_clients")).toBe(1);
  expect(broker.disconnect(workerA)).toBe(1);
  await until(async () => (await metric("mqtt_clients")) === 0);
});

test("a session is not kept for a client that asks for one", async () => {
  const { asWorker, asManager } = await startBroker();
  const first = await asWorker(workerA, { clean: false });
  await first.subscribeAsync(`nodes/${workerA}/control/deploy`, { qos: 1 });
  await first.endAsync(true);
  const manager = await asManager();
  await manager.publishAsync(`nodes/${workerA}/control/deploy`, "stale", { qos: 1 });
  const again = await asWorker(workerA, { clean: false, resubscribe: false });
  const received = inbox(again);
  await again.subscribeAsync(`nodes/${workerA}/control/delete`, { qos: 1 });
  await manager.publishAsync(`nodes/${workerA}/control/delete`, "fresh", { qos: 1 });
  await until(() => received.length > 0);
  expect(received).toEqual([`nodes/${workerA}/control/delete fresh`]);
});

test("disconnecting a user ends its connections and forgets its password", async () => {
  const { asWorker, broker, credentials } = await startBroker();
  const [affected, bystander] = [await asWorker(workerA), await asWorker(workerB)];
  expect(broker.disconnect(workerA)).toBe(1);
  await until(() => !affected.connected);
  expect(bystander.connected).toBe(true);
  expect(credentials.forgotten).toEqual([workerA]);
});

test("connections over the limit of unknown ones are closed", async () => {
  const { openSocket, metric } = await startBroker({ limits: { maxPending: 3 } });
  for (let count = 0; count < 5; count += 1) await openSocket();
  await until(async () => (await metric("mqtt_clients_refused_total")) === 2);
});

test("a client that does not say who it is is cut", async () => {
  const { openSocket, metric } = await startBroker({ limits: { handshakeTimeoutMs: 50 } });
  const socket = await openSocket();
  socket.write(Buffer.from([0x10, 0x20]));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(await metric("mqtt_clients_cut_total")).toBe(1);
});

test("two thousand connections in a row leave nothing behind", async () => {
  const { asWorker, metric, broker } = await startBroker();
  const ids = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(24, "0"));
  for (let round = 0; round < 100; round += 1) {
    const clients = await Promise.all(ids.map((id) => asWorker(id)));
    for (const client of clients) client.stream.destroy();
  }
  await until(async () => (await metric("mqtt_clients")) === 0);
  expect(ids.map((id) => broker.disconnect(id)).every((count) => count === 0)).toBe(true);
}, 60_000);
