import { createMetrics, type Logger } from "@oak/kit";
import { expect, test } from "vitest";
import { createIntake, type IntakeHandlers, SUBSCRIPTIONS } from "./intake.ts";

const worker = "aa".padEnd(24, "0");

function withIntake() {
  const taken: { kind: string; report: unknown }[] = [];
  const warnings: object[] = [];
  const metrics = createMetrics({ service: "test" });
  let isReady = true;
  const take = (kind: string) => async (_id: string, report: unknown) => {
    taken.push({ kind, report });
  };
  const handlers: IntakeHandlers = {
    information: take("information"),
    job: take("job"),
    resources: take("resources"),
    inventory: take("inventory"),
    presence: take("presence"),
  };
  const logger = {
    warn: (facts: object) => void warnings.push(facts),
    debug: () => undefined,
  } as unknown as Logger;
  const heard: [string, number | undefined][] = [];
  const hear = (id: string, session: number | undefined) => void heard.push([id, session]);
  const intake = createIntake({ handlers, hear, isReady: () => isReady, logger, metrics });
  return {
    handlers,
    heard,
    intake,
    taken,
    warnings,
    send: async (suffix: string, payload: unknown, id = worker) => {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      intake.onMessage(`nodes/${id}/${suffix}`, Buffer.from(text));
      await intake.idle();
    },
    malformed: async () =>
      /cluster_malformed_messages_total\{[^}]*\} (\d+)/.exec(await metrics.render())?.[1],
    setReady: (ready: boolean) => {
      isReady = ready;
    },
  };
}

test("every topic of a worker is subscribed, figures without confirmation", () => {
  expect(SUBSCRIPTIONS).toEqual({
    "nodes/+/information": { qos: 0 },
    "nodes/+/jobs/resources": { qos: 0 },
    "nodes/+/job": { qos: 1 },
    "nodes/+/inventory": { qos: 1 },
    "nodes/+/presence": { qos: 1 },
  });
});

test("keys that a report does not have are stripped, those of a heartbeat kept", async () => {
  const { send, taken } = withIntake();
  await send("presence", { session: 1, state: "leaving", more: true });
  await send("information", { session: 1, seq: 2, solar_watts: 40 });
  expect(taken).toEqual([
    { kind: "presence", report: { session: 1, state: "leaving" } },
    { kind: "information", report: { session: 1, seq: 2, solar_watts: 40 } },
  ]);
});

test.each([
  ["no JSON", "{"],
  ["not an object", "7"],
  ["a wrong type", { sname: 7, instance: "x", status: "RUNNING", status_detail: "" }],
  ["an unknown status", { sname: "a", instance: 0, status: "DANCING", status_detail: "" }],
])("%s is counted, logged once for each worker and topic, and dropped", async (_case, payload) => {
  const { send, taken, warnings, malformed } = withIntake();
  await send("job", payload);
  await send("job", payload);
  await send("job", payload, "bb".padEnd(24, "0"));
  expect(taken).toEqual([]);
  expect(await malformed()).toBe("3");
  expect(warnings).toHaveLength(2);
});

test("nothing is taken before the stored state is read", async () => {
  const { send, taken, setReady } = withIntake();
  setReady(false);
  await send("information", { session: 1 });
  expect(taken).toEqual([]);
});

test("commands of ours that come back are none of ours", async () => {
  const { send, taken, warnings } = withIntake();
  await send("control/deploy", "{");
  expect([taken, warnings]).toEqual([[], []]);
});

test("a worker is heard when its message comes, however long an earlier one takes", async () => {
  const { handlers, heard, intake } = withIntake();
  let finish = (): void => undefined;
  handlers.resources = () => new Promise((resolve) => (finish = resolve));
  const send = (suffix: string, report: object) =>
    intake.onMessage(`nodes/${worker}/${suffix}`, Buffer.from(JSON.stringify(report)));
  send("jobs/resources", { services: [], session: 3 });
  send("information", { session: 3, seq: 2 });
  send("presence", { session: 3, state: "agent_lost" });
  expect(heard).toEqual([
    [worker, 3],
    [worker, 3],
  ]);
  finish();
  await intake.idle();
});
