import { expect, test } from "vitest";
import { inbox, startBroker, until, workerA, workerB } from "./broker.ts";

test("reports go up and commands go down", async () => {
  const { asWorker, asManager } = await startBroker();
  const [worker, manager] = [await asWorker(workerA), await asManager()];
  await worker.subscribeAsync(`nodes/${workerA}/control/+`, { qos: 1 });
  await manager.subscribeAsync("nodes/+/job", { qos: 1 });
  const [down, up] = [inbox(worker), inbox(manager)];
  await worker.publishAsync(`nodes/${workerA}/job`, "running", { qos: 1 });
  await manager.publishAsync(`nodes/${workerA}/control/deploy`, "go", { qos: 1 });
  await until(() => down.length === 1 && up.length === 1);
  expect([down, up]).toEqual([
    [`nodes/${workerA}/control/deploy go`],
    [`nodes/${workerA}/job running`],
  ]);
});

test("a forbidden message goes nowhere, and its sender stays connected", async () => {
  const { asWorker, asManager, metric } = await startBroker();
  const [liar, victim, manager] = [
    await asWorker(workerA),
    await asWorker(workerB),
    await asManager(),
  ];
  await victim.subscribeAsync(`nodes/${workerB}/#`);
  await manager.subscribeAsync("nodes/#");
  const [down, up] = [inbox(victim), inbox(manager)];
  const forbidden = [
    `nodes/${workerB}/control/deploy`,
    `nodes/${workerA}/control/deploy`,
    `nodes/${workerB}/information`,
    "anything",
    "$SYS/broker",
  ];
  for (const topic of forbidden) await liar.publishAsync(topic, "x", { qos: 1 });
  await liar.publishAsync(`nodes/${workerA}/information`, "last", { qos: 1 });
  await until(() => up.length > 0);
  expect(up).toEqual([`nodes/${workerA}/information last`]);
  expect(down).toEqual([]);
  expect(liar.connected).toBe(true);
  expect(await metric("mqtt_messages_dropped_total")).toBe(forbidden.length);
});

test("a forbidden subscription is refused beside allowed ones", async () => {
  const { asWorker } = await startBroker();
  const worker = await asWorker(workerA);
  const filters = [`nodes/${workerA}/control/+`, `nodes/${workerB}/control/+`, "#", "nodes/#"];
  const granted: number[] = [];
  worker.on("packetreceive", (packet) => {
    if (packet.cmd === "suback") granted.push(...(packet.granted as number[]));
  });
  await worker.subscribeAsync(filters, { qos: 1 }).catch(() => undefined);
  expect(granted).toEqual([1, 128, 128, 128]);
  expect(worker.connected).toBe(true);
});

test("a worker has a limited number of subscriptions, and gets them back", async () => {
  const { asWorker } = await startBroker({ limits: { maxSubscriptions: 2 } });
  const worker = await asWorker(workerA);
  const own = (name: string) => `nodes/${workerA}/${name}`;
  await worker.subscribeAsync([own("a"), own("b")]);
  await worker.subscribeAsync(own("a"));
  await expect(worker.subscribeAsync(own("c"))).rejects.toThrow();
  await worker.unsubscribeAsync(own("a"));
  await worker.subscribeAsync(own("c"));
});

test("nothing is retained", async () => {
  const { asManager, asWorker } = await startBroker();
  const [manager, worker] = [await asManager(), await asWorker(workerA)];
  await manager.publishAsync(`nodes/${workerA}/control/deploy`, "old", { qos: 1, retain: true });
  const received = inbox(worker);
  await worker.subscribeAsync(`nodes/${workerA}/control/#`);
  await manager.publishAsync(`nodes/${workerA}/control/delete`, "new", { qos: 1 });
  await until(() => received.length > 0);
  expect(received).toEqual([`nodes/${workerA}/control/delete new`]);
});

test("a broken connection publishes the last will, a goodbye does not", async () => {
  const { asWorker, asManager } = await startBroker();
  const manager = await asManager();
  await manager.subscribeAsync("nodes/+/presence");
  const received = inbox(manager);
  const withWill = (id: string) =>
    asWorker(id, {
      will: { topic: `nodes/${id}/presence`, payload: Buffer.from("lost"), qos: 1, retain: true },
    });
  const [polite, killed] = [await withWill(workerA), await withWill(workerB)];
  await polite.endAsync();
  killed.stream.destroy();
  await until(() => received.length > 0);
  expect(received).toEqual([`nodes/${workerB}/presence lost`]);
});

test("a last will on somebody else's topic is dropped", async () => {
  const { asWorker, asManager, metric } = await startBroker();
  const manager = await asManager();
  await manager.subscribeAsync("nodes/#");
  const received = inbox(manager);
  const will = {
    topic: `nodes/${workerB}/presence`,
    payload: Buffer.from("forged"),
    qos: 0 as const,
    retain: false,
  };
  (await asWorker(workerA, { will })).stream.destroy();
  await until(async () => (await metric("mqtt_messages_dropped_total")) === 1);
  expect(received).toEqual([]);
});
