import { expect, test } from "vitest";
import { createWorkerQueues } from "./worker-queues.ts";

function withQueues(limit = 3, atOnce = 1) {
  const taken: string[] = [];
  const dropped: string[] = [];
  const failed: string[] = [];
  const gates: (() => void)[] = [];
  const queues = createWorkerQueues({
    limit,
    atOnce,
    onDropped: (topic) => dropped.push(topic),
    onFailed: (worker, topic) => failed.push(`${worker} ${topic}`),
  });
  const push = (worker: string, topic: string, name: string, isReplaceable = false): void =>
    queues.push(worker, {
      topic,
      isReplaceable,
      take: async () => {
        taken.push(name);
        if (name === "broken") throw new Error("broken");
        if (name.startsWith("slow")) await new Promise<void>((resolve) => gates.push(resolve));
      },
    });
  const open = async (): Promise<void> => {
    for (const gate of gates.splice(0)) gate();
    await queues.idle();
  };
  return { queues, push, open, taken, dropped, failed };
}

test("messages of one worker are taken one after the other, others do not wait", async () => {
  const { push, open, taken } = withQueues();
  push("a", "job", "slow");
  push("a", "job", "second");
  push("b", "job", "of b");
  expect(taken).toEqual(["slow", "of b"]);
  await open();
  expect(taken).toEqual(["slow", "of b", "second"]);
});

test("of the heartbeats that wait only the newest is taken, after what came before it", async () => {
  const { push, open, taken } = withQueues();
  push("a", "job", "slow");
  push("a", "information", "old heartbeat", true);
  push("a", "job", "status");
  push("a", "information", "new heartbeat", true);
  await open();
  expect(taken).toEqual(["slow", "status", "new heartbeat"]);
});

test("of one worker as many are taken at once as may be", async () => {
  const { queues, push, open, taken } = withQueues(3, 2);
  for (const name of ["slow 1", "slow 2", "third", "fourth"]) push("a", "query", name);
  expect(taken).toEqual(["slow 1", "slow 2"]);
  expect(queues.size()).toBe(2);
  await open();
  expect(taken).toEqual(["slow 1", "slow 2", "third", "fourth"]);
});

test("a worker that sends more than is taken loses the rest, not the memory", async () => {
  const { queues, push, open, dropped, taken } = withQueues(2);
  push("a", "job", "slow");
  for (let n = 0; n < 5; n += 1) push("a", "job", `status ${n}`);
  expect(queues.size()).toBe(2);
  expect(dropped).toHaveLength(3);
  await open();
  expect(taken).toEqual(["slow", "status 0", "status 1"]);
});

test("a message that cannot be taken does not hold up the next one", async () => {
  const { push, open, taken, failed } = withQueues();
  push("a", "job", "broken");
  push("a", "job", "next");
  await open();
  expect([taken, failed]).toEqual([["broken", "next"], ["a job"]]);
});
