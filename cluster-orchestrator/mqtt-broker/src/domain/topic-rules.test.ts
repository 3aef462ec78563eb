import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClientIdentity } from "./identity.ts";
import { mayPublish, maySubscribe } from "./topic-rules.ts";

const id = "65f0c0ffee65f0c0ffee65f0";
const other = "65f0c0ffee65f0c0ffee65f1";
const worker: ClientIdentity = { kind: "worker", id, isVerified: true };
const manager: ClientIdentity = { kind: "manager" };

const publishing: [topic: string, byWorker: boolean, byManager: boolean][] = [
  [`nodes/${id}/information`, true, true],
  [`nodes/${id}/job`, true, true],
  [`nodes/${id}/jobs/resources`, true, true],
  [`nodes/${id}/inventory`, true, true],
  [`nodes/${id}/presence`, true, true],
  [`nodes/${id}/net/subnet`, true, true],
  [`nodes/${id}/net/tablequery/request`, true, true],
  [`nodes/${id}/control/deploy`, false, true],
  [`nodes/${id}/control/sync`, false, true],
  [`nodes/${id}/control/ask`, false, true],
  [`nodes/${id}/net/tablequery/result`, false, true],
  [`nodes/${id}/job/`, false, true],
  [`nodes/${id}`, false, true],
  [`nodes/${other}/information`, false, true],
  [`nodes/${id}x/information`, false, true],
  ["jobs/a.b.c.d/updates_available", false, true],
  ["$SYS/anything", false, false],
  ["information", false, false],
  [`nodes/${id}/${"x".repeat(1_000)}`, false, false],
];

test.each(publishing)("publishing to %s: worker %s, manager %s", (topic, byWorker, byManager) => {
  expect([mayPublish(worker, topic), mayPublish(manager, topic)]).toEqual([byWorker, byManager]);
});

const subscribing: [filter: string, byWorker: boolean, byManager: boolean][] = [
  [`nodes/${id}/#`, true, true],
  [`nodes/${id}/control/+`, true, true],
  [`nodes/${id}/control/deploy`, true, true],
  [`nodes/${id}/net/subnetwork/result`, true, true],
  ["jobs/a.b.c.d/updates_available", true, true],
  ["jobs/+/updates_available", false, true],
  ["jobs/#", false, true],
  [`nodes/${other}/control/deploy`, false, true],
  ["nodes/+/control/deploy", false, true],
  ["nodes/#", false, true],
  [`nodes/${id}`, false, true],
  ["#", false, false],
  ["+/+/control/deploy", false, false],
  ["$SYS/#", false, false],
];

test.each(subscribing)(
  "subscribing to %s: worker %s, manager %s",
  (filter, byWorker, byManager) => {
    expect([maySubscribe(worker, filter), maySubscribe(manager, filter)]).toEqual([
      byWorker,
      byManager,
    ]);
  },
);

test("no filter that a worker may use matches a topic of another worker", () => {
  const level = fc.constantFrom("nodes", id, other, "+", "#", "control", "deploy", "", "jobs");
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 5 }), (levels) => {
      const filter = levels.join("/");
      const reaches = matches(filter, `nodes/${other}/control/deploy`);
      expect(maySubscribe(worker, filter) && reaches).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

/** [MQTT-4.7]: matching as the specification tells it. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const given = topic.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= given.length || (level !== "+" && level !== given[index])) return false;
  }
  return wanted.length === given.length;
}
