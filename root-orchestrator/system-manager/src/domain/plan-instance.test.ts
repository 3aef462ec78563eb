import type { Instance, Observation } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Evidence, type PlanContext, planInstance, type Step } from "./plan-instance.ts";

const clusterA = "c1000000000000000000000a";
const clusterB = "c1000000000000000000000b";

function anInstance(over: Partial<Instance> = {}): Instance {
  return {
    _id: "5e0000000000000000000000/0",
    job_id: "5e0000000000000000000000",
    instance_number: 0,
    rev: 3,
    phase: "unplaced",
    child: null,
    epoch: 2,
    placement: 0,
    spec_rev: 1,
    want_rev: 7,
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "REQUESTED",
    status_detail: "",
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: 100,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...over,
  };
}

function aSeen(over: Partial<Observation> = {}): Observation {
  const order = { session: 1, seq: 1, epoch: 2, placement: 0 };
  return { status: "RUNNING", status_detail: "", ...order, at: 100, released: false, ...over };
}

const assigned = (seen: Observation | null = null): Instance =>
  anInstance({ phase: "assigned", child: clusterA, seen });
const releasing = (seen: Observation | null = null): Instance =>
  anInstance({ phase: "releasing", child: clusterA, reason: "deleted", seen });
const isReleased = aSeen({ status: "UNDEPLOYED", released: true });

function aContext(over: Partial<PlanContext> & { isGone?: boolean } = {}): PlanContext {
  const { isGone = false, ...rest } = over;
  return {
    nowS: 200,
    isMember: true,
    isGateOpen: true,
    livenessOf: () => (isGone ? "removed" : "alive"),
    onSilence: "keep",
    roomGrewAtS: 0,
    move: undefined,
    ...rest,
  };
}

type Case = [title: string, Instance, Parameters<typeof aContext>[0], object];

const cases: Case[] = [
  ["a wanted instance is placed", anInstance(), {}, { do: "place" }],
  ["not before the known clusters were heard", anInstance(), { isGateOpen: false }, { do: "rest" }],
  ["not before its pause ends", anInstance({ retry_at: 230 }), {}, { do: "rest", untilS: 230 }],
  ["unless the clock was set back", anInstance({ retry_at: 3800 }), {}, { do: "place" }],
  [
    "new room ends a pause",
    anInstance({ retry_at: 230, attempts: 3 }),
    { roomGrewAtS: 150 },
    { do: "place" },
  ],
  [
    "but not the least one",
    anInstance({ retry_at: 230, attempts: 3, phase_since: 199.9 }),
    { roomGrewAtS: 199.95 },
    { do: "rest", untilS: 200.4 },
  ],
  [
    "room that grew before the refusal changes nothing",
    anInstance({ retry_at: 230, attempts: 3 }),
    { roomGrewAtS: 99 },
    { do: "rest", untilS: 230 },
  ],
  ["one that is not wanted was nowhere", anInstance(), { isMember: false }, { do: "forget" }],
  ["what runs is left alone", assigned(aSeen()), {}, { do: "rest" }],
  ["what was not confirmed is left to the cluster's cursor", assigned(), {}, { do: "rest" }],
  [
    "what is not wanted any more is released",
    assigned(aSeen()),
    { isMember: false },
    { do: "release", reason: "deleted" },
  ],
  [
    "what a cluster handed back goes elsewhere",
    assigned(aSeen({ status: "NO_WORKER_CAPACITY", released: true, refused: "no room" })),
    {},
    { do: "clear", outcome: "retry", reason: "handed_back", exclude: true },
  ],
  [
    "what it released without a refusal may come back",
    assigned(isReleased),
    {},
    { do: "clear", outcome: "retry", reason: "released_by_child", exclude: false },
  ],
  [
    "what has completed stays",
    assigned(aSeen({ status: "COMPLETED", released: true })),
    {},
    { do: "clear", outcome: "closed", reason: "completed" },
  ],
  [
    "a hand-back of an earlier epoch is not of this one",
    assigned(aSeen({ epoch: 1, released: true, refused: "no room" })),
    {},
    { do: "rest" },
  ],
  [
    "a cluster that was removed ran it for the last time",
    assigned(aSeen()),
    { isGone: true },
    { do: "clear", outcome: "retry", reason: "child_removed" },
  ],
  ["a release is waited for", releasing(aSeen()), { isMember: false }, { do: "rest" }],
  [
    "its confirmation closes the instance",
    releasing(isReleased),
    { isMember: false },
    { do: "clear", outcome: "closed", reason: "deleted" },
  ],
  [
    "a confirmation of an earlier epoch does not",
    releasing(aSeen({ epoch: 1, released: true })),
    { isMember: false },
    { do: "rest" },
  ],
  [
    "a removed cluster has nothing to confirm",
    releasing(),
    { isMember: false, isGone: true },
    { do: "clear", outcome: "closed" },
  ],
  [
    "a completed one is kept while it is wanted",
    anInstance({ phase: "closed" }),
    {},
    { do: "rest" },
  ],
  [
    "and forgotten when it is not",
    anInstance({ phase: "closed" }),
    { isMember: false },
    { do: "forget" },
  ],
];

test.each(cases)("%s", (...[, instance, context, step]) => {
  expect(planInstance(instance, [], aContext(context))).toMatchObject(step);
});

const fence = { child: clusterB, epoch: 1, placement: 0, want_rev: 6 };
const given = (over: Partial<Instance> = {}): Instance => anInstance({ fenced: [fence], ...over });
const survivor: Evidence = { kind: "survivor", child: clusterB, epoch: 1 };
const lost: Partial<PlanContext> = { livenessOf: () => "lost" };

type FenceCase = [title: string, Instance, Evidence[], Parameters<typeof aContext>[0], object];

const fenceCases: FenceCase[] = [
  ["a silent cluster is waited for", assigned(aSeen()), [], lost, { do: "rest" }],
  ["exclusive waits as well", assigned(), [], { ...lost, onSilence: "exclusive" }, { do: "rest" }],
  [
    "unless a replacement is asked for",
    assigned(aSeen()),
    [],
    { ...lost, onSilence: "replace" },
    { do: "fence", reason: "child_lost" },
  ],
  [
    "what was handed back with a copy on a silent worker goes elsewhere behind a fence",
    assigned(aSeen({ status: "NO_WORKER_CAPACITY", refused: "no room" })),
    [],
    {},
    { do: "fence", reason: "handed_back", exclude: true },
  ],
  [
    "but is only waited for when it is not wanted any more",
    releasing(aSeen({ status: "NO_WORKER_CAPACITY", refused: "no room" })),
    [],
    { isMember: false },
    { do: "rest" },
  ],
  ["a replacement is placed while the old copy may run", given(), [], {}, { do: "place" }],
  [
    "a copy that comes back in time is kept under a new epoch",
    given(),
    [survivor],
    {},
    { do: "adopt", child: clusterB, above: 2 },
  ],
  [
    "one that comes back later is not",
    given({ phase: "assigned", child: clusterA }),
    [survivor],
    {},
    { do: "rest" },
  ],
  [
    "its end lifts the fence",
    given({ phase: "assigned", child: clusterA }),
    [{ kind: "ended", child: clusterB, epoch: 1 }],
    {},
    { do: "unfence", copies: [fence] },
  ],
  [
    "so does its absence, once the cluster knows that it was given up",
    given(),
    [{ kind: "absent", child: clusterB, want_rev: 6, fences_up_to: 6 }],
    {},
    { do: "unfence", copies: [fence] },
  ],
  [
    "absence from before that says nothing",
    given({ retry_at: 230 }),
    [{ kind: "absent", child: clusterB, want_rev: 5, fences_up_to: 5 }],
    {},
    { do: "rest", untilS: 230 },
  ],
  [
    "a copy that runs elsewhere under the same epoch is kept, and ours stands behind a fence",
    assigned(),
    [{ kind: "twin", child: clusterB, epoch: 2 }],
    {},
    { do: "fence", reason: "adopted" },
  ],
  [
    "then that copy is adopted",
    anInstance({ epoch: 2, fenced: [{ ...fence, child: clusterA, epoch: 2 }] }),
    [{ kind: "twin", child: clusterB, epoch: 2 }],
    {},
    { do: "adopt", child: clusterB, above: 2 },
  ],
  [
    "what its cluster has followed and forgotten is placed again",
    { ...assigned(), want_rev: 6 },
    [{ kind: "absent", child: clusterA, want_rev: 6, fences_up_to: 6 }],
    {},
    { do: "clear", outcome: "retry" },
  ],
  [
    "what its cluster has not followed yet is not missed",
    { ...assigned(), want_rev: 6 },
    [{ kind: "absent", child: clusterA, want_rev: 5, fences_up_to: 5 }],
    {},
    { do: "rest" },
  ],
  [
    "absence confirms a release",
    { ...releasing(aSeen()), want_rev: 6 },
    [{ kind: "absent", child: clusterA, want_rev: 6, fences_up_to: 6 }],
    { isMember: false },
    { do: "clear", outcome: "closed" },
  ],
  ["a record outlives the copies", given(), [], { isMember: false }, { do: "rest" }],
  ["also when it is closed", given({ phase: "closed" }), [], { isMember: false }, { do: "rest" }],
];

test.each(fenceCases)("%s", (...[, instance, evidence, context, step]) => {
  expect(planInstance(instance, evidence, aContext(context))).toMatchObject(step);
});

test("an epoch that this database does not know is learned before anything else", () => {
  for (const instance of [anInstance(), assigned(aSeen()), releasing(isReleased)]) {
    const child = instance.child ?? clusterB;
    const step = planInstance(instance, [{ kind: "higher", child, epoch: 5 }], aContext());
    expect(step).toEqual({ do: "learn", child, epoch: 5 });
  }
});

test("when it is another cluster's, the copy that we know of stands behind a fence first", () => {
  const evidence: Evidence[] = [{ kind: "higher", child: clusterB, epoch: 5 }];
  for (const instance of [assigned(aSeen()), releasing(aSeen())]) {
    const step = planInstance(instance, evidence, aContext());
    expect(step).toMatchObject({ do: "fence", reason: "adopted" });
  }
});

test("an epoch that is known already teaches nothing", () => {
  const evidence: Evidence[] = [{ kind: "higher", child: clusterB, epoch: 2 }];
  expect(planInstance(assigned(aSeen()), evidence, aContext())).toEqual({ do: "rest" });
});

const instances = fc
  .record({
    phase: fc.constantFrom<Instance["phase"]>("unplaced", "assigned", "releasing", "closed"),
    isSeen: fc.boolean(),
    epoch: fc.integer({ min: 1, max: 2 }),
    released: fc.boolean(),
    refused: fc.boolean(),
    status: fc.constantFrom<Observation["status"]>("RUNNING", "COMPLETED", "UNDEPLOYED"),
  })
  .map(({ phase, isSeen, epoch, released, refused, status }) => {
    const facts = { epoch, released, status, ...(refused ? { refused: "no room" } : {}) };
    const child = phase === "assigned" || phase === "releasing" ? clusterA : null;
    return anInstance({ phase, child, seen: isSeen ? aSeen(facts) : null });
  });

const contexts = fc
  .record({
    isMember: fc.boolean(),
    isGateOpen: fc.boolean(),
    isGone: fc.boolean(),
    roomGrewAtS: fc.constantFrom(0, 150),
  })
  .map(aContext);

function forAllPlans(check: (step: Step, instance: Instance, context: PlanContext) => void): void {
  fc.assert(
    fc.property(instances, contexts, (instance, context) => {
      const step = planInstance(instance, [], context);
      expect(planInstance(instance, [], context)).toEqual(step);
      check(step, instance, context);
    }),
    { numRuns: 500 },
  );
}

test("nothing is placed that a cluster may still have, that nobody wants, or before the gate opens", () => {
  forAllPlans((step, instance, { isMember, isGateOpen }) => {
    if (step.do !== "place") return;
    expect([instance.phase, isMember, isGateOpen]).toEqual(["unplaced", true, true]);
  });
});

test("an assignment ends by the word of its cluster under its epoch, or with the cluster", () => {
  forAllPlans((step, instance, context) => {
    if (step.do !== "clear") return;
    const { seen, epoch } = instance;
    const hasWord = seen?.released === true && seen.epoch >= epoch;
    expect(hasWord || context.livenessOf(clusterA) === "removed").toBe(true);
  });
});

test("only what nobody wants is forgotten, and never while a cluster has it", () => {
  forAllPlans((step, instance, { isMember }) => {
    if (step.do !== "forget") return;
    expect([isMember, instance.child]).toEqual([false, null]);
  });
});
