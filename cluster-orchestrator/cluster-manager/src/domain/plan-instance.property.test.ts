import type { Instance, Liveness, Observation } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  aContext,
  anInstance,
  anIntent,
  aSeen,
  fence,
  workerA,
  workerB,
} from "../../test/instance-builders.ts";
import type { Evidence } from "./evidence.ts";
import { type PlanContext, planInstance, type Step } from "./plan-instance.ts";

const workers = fc.constantFrom(workerA, workerB);
const numbers = fc.record({ epoch: fc.nat(2), placement: fc.nat(6) });
const evidences: fc.Arbitrary<Evidence[]> = fc.array(
  fc.oneof(
    fc.tuple(workers, numbers).map(([child, n]): Evidence => ({ kind: "released", child, ...n })),
    fc
      .tuple(workers, fc.nat(9))
      .map(([child, n]): Evidence => ({ kind: "absent", child, want_rev: n })),
    fc
      .tuple(workers, numbers, fc.boolean())
      .map(([child, n, isHealthy]): Evidence => ({ kind: "survivor", child, isHealthy, ...n })),
    fc.tuple(workers, numbers).map(([child, n]): Evidence => ({ kind: "higher", child, ...n })),
  ),
  { maxLength: 3 },
);

const instances: fc.Arbitrary<Instance> = fc
  .record({
    phase: fc.constantFrom("unplaced", "assigned", "releasing", "closed"),
    child: workers,
    wanted: fc.boolean(),
    epoch: fc.nat(2),
    isFenced: fc.boolean(),
    reason: fc.constantFrom("waiting", "completed", "deleted", "workload_failed"),
    seen: fc.option(
      fc.record({
        status: fc.constantFrom("RUNNING", "CREATING", "FAILED", "COMPLETED", "UNDEPLOYED"),
        placement: fc.nat(6),
      }),
    ),
  })
  .map(({ phase, child, wanted, epoch, isFenced, reason, seen }) =>
    anInstance({
      phase: phase as Instance["phase"],
      child: phase === "assigned" || phase === "releasing" ? child : null,
      reason,
      intent: anIntent({ wanted, epoch }),
      fenced: isFenced ? [{ ...fence, child: child === workerA ? workerB : workerA }] : [],
      seen:
        seen === null
          ? null
          : aSeen({
              ...(seen as Partial<Observation>),
              released: seen.status === "UNDEPLOYED",
            }),
    }),
  );

const contexts = fc
  .record({
    worker: fc.constantFrom<Liveness | "removed">("alive", "agent_lost", "lost", "left", "removed"),
    isGateOpen: fc.boolean(),
    isLearning: fc.boolean(),
    isSettledAbove: fc.boolean(),
    sentAgoS: fc.constantFrom(undefined, 0.5, 3),
    sendingForS: fc.constantFrom(undefined, 0.5, 16),
  })
  .map(aContext);

function forAllPlans(check: (step: Step, instance: Instance, context: PlanContext) => void): void {
  fc.assert(
    fc.property(instances, evidences, contexts, (instance, evidence, context) => {
      check(planInstance(instance, evidence, context), instance, context);
    }),
    { numRuns: 500 },
  );
}

test("the same facts give the same step, and the plan changes nothing by itself", () => {
  fc.assert(
    fc.property(instances, evidences, contexts, (instance, evidence, context) => {
      const before = structuredClone(instance);
      const step = planInstance(instance, evidence, context);
      expect(planInstance(instance, evidence, context)).toEqual(step);
      expect(instance).toEqual(before);
    }),
  );
});

test("nothing is placed while a copy may run that is not fenced, or is not wanted", () => {
  forAllPlans((step, instance, context) => {
    if (step.do !== "place") return;
    expect(instance).toMatchObject({ phase: "unplaced", child: null });
    expect(instance.intent?.wanted).toBe(true);
    expect(context.isGateOpen).toBe(true);
  });
});

test("nothing is closed while an older copy may still run", () => {
  forAllPlans((step, instance) => {
    const isClosing = step.do === "close" || (step.do === "clear" && step.outcome === "closed");
    if (isClosing) expect(instance.fenced).toEqual([]);
  });
});

test("an assignment is only taken back without a word of the worker when the worker is gone", () => {
  forAllPlans((step, instance, context) => {
    if (step.do !== "clear" || instance.phase !== "assigned") return;
    const isGone = context.livenessOf(instance.child ?? "") === "removed";
    expect(isGone || instance.seen?.released === true).toBe(true);
  });
});

test("an adoption goes above everything that is known of the copy", () => {
  forAllPlans((step, instance) => {
    if (step.do !== "adopt" || instance.phase !== "assigned") return;
    expect(step.above.epoch * 10 + step.above.placement).toBeGreaterThanOrEqual(
      instance.epoch * 10 + instance.placement,
    );
  });
});
