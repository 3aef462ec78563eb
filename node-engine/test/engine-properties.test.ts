import { instanceKey } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aJobId, anAssignment } from "./builders.ts";
import { type EngineHarness, startEngine } from "./engine-harness.ts";

/** What can happen to a worker, in any order. */
const anyAct = fc.oneof(
  fc.record({
    kind: fc.constant("deploy" as const),
    instance: fc.nat(2),
    raise: fc.boolean(),
    image: fc.constantFrom("fake/ok", "fake/slow-pull:3s", "fake/stubborn"),
  }),
  fc.record({ kind: fc.constant("undeploy" as const), instance: fc.nat(2) }),
  fc.record({ kind: fc.constant("crash" as const), instance: fc.nat(2) }),
  fc.record({ kind: fc.constant("restart" as const) }),
  fc.record({ kind: fc.constant("outage" as const), isDown: fc.boolean() }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 8_000 }) }),
);
type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

/** What is wanted of each instance number; the pair grows with each change of mind. */
interface Wish {
  placement: number;
  image: string;
  wanted: boolean;
}

async function perform(act: Act, worker: EngineHarness, wishes: Map<number, Wish>): Promise<void> {
  const runningOf = (number: number) =>
    [...worker.machine.workloads.values()].find(
      ({ identity, state }) => identity.instanceNumber === number && state === "running",
    );
  switch (act.kind) {
    case "deploy": {
      const before = wishes.get(act.instance);
      // As a cluster would: another spec, and a return after deletion, come with a higher pair.
      const isNew = before?.wanted !== true || act.image !== before.image || act.raise;
      const placement = (before?.placement ?? 0) + (isNew ? 1 : 0);
      wishes.set(act.instance, { placement, image: act.image, wanted: true });
      const job = { image: act.image };
      await worker.deploy({ instance_number: act.instance, placement, job });
      return;
    }
    case "undeploy": {
      const placement = wishes.get(act.instance)?.placement ?? 1;
      wishes.set(act.instance, { placement, image: "", wanted: false });
      await worker.undeploy({ instance_number: act.instance, placement });
      return;
    }
    case "crash": {
      const victim = runningOf(act.instance);
      if (victim !== undefined) worker.machine.kill(victim.handle);
      await worker.clock.settle();
      return;
    }
    case "restart":
      return worker.restart();
    case "outage":
      worker.machine.setAvailable(!act.isDown);
      return worker.clock.settle();
    default:
      return worker.clock.advance(act.ms);
  }
}

/** Fails as soon as two copies of one instance run. */
function watchForTwins(worker: EngineHarness): void {
  worker.machine.subscribe(() => {
    const keys = [...worker.machine.workloads.values()]
      .filter(({ state }) => state === "running")
      .map(({ identity }) => identity.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
}

test("whatever happens, one copy at most runs of an instance, and in the end exactly what is wanted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAct, { maxLength: 20 }),
      fc.constantFrom(0, 40, 400),
      async (acts, latencyMs) => {
        const worker = await startEngine({ restarts: { tries: 1_000 } }, { latencyMs });
        watchForTwins(worker);
        const wishes = new Map<number, Wish>();

        for (const act of acts) await perform(act, worker, wishes);
        worker.machine.setAvailable(true);
        await worker.clock.advance(900_000);

        for (const [instance, wish] of wishes) {
          const copies = [...worker.machine.workloads.values()].filter(
            ({ identity }) => identity.instanceNumber === instance,
          );
          const { key } = anAssignment({ instance_number: instance });
          const { status, placement } = worker.engine().get(key) ?? {};
          expect({
            status,
            placement,
            copies: copies.map(({ state, image }) => [state, image]),
          }).toEqual({
            status: wish.wanted ? "RUNNING" : "UNDEPLOYED",
            placement: wish.placement,
            copies: wish.wanted ? [["running", wish.image]] : [],
          });
        }
        await worker.stop();
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);

test("a healthy copy is never stopped unless its deletion or another spec was asked for", async () => {
  const key = instanceKey(aJobId, 0);
  const harmless = anyAct.filter(
    (act) => act.kind !== "crash" && !("instance" in act && act.instance === 0),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(harmless, { maxLength: 20 }), async (acts) => {
      const worker = await startEngine({}, { latencyMs: 40 });
      await worker.deploy();
      await worker.clock.advance(1_000);
      const before = [...worker.machine.workloads.values()].filter(
        (one) => one.identity.key === key,
      );

      const wishes = new Map<number, Wish>();
      for (const act of acts) await perform(act, worker, wishes);
      worker.machine.setAvailable(true);
      await worker.clock.advance(300_000);

      const after = [...worker.machine.workloads.values()].filter(
        (one) => one.identity.key === key,
      );
      expect(after).toEqual(before);
      await worker.stop();
    }),
    { numRuns: 150 },
  );
}, 60_000);
