import fc from "fast-check";
import { expect, test } from "vitest";
import { anAssignment } from "../../test/builders.ts";
import { freshLocalState, type InstanceRecord } from "../store/instance-record.ts";
import { type PlanContext, planWorkload, type Step } from "./plan-workload.ts";
import { defaultRestartLimits } from "./restart-policy.ts";
import type { ObservedWorkload, WorkloadState } from "./workload.ts";
import { buildWorkloadSpec } from "./workload-spec.ts";

const nowMs = 1_700_000_000_000;
const context: PlanContext = {
  nowMs,
  random: 0,
  isImageMissing: false,
  virtualization: "docker",
  limits: defaultRestartLimits,
  strays: { mayRemove: true, graceMs: 60_000 },
  isHeldBack: false,
};

function aRecord(overrides: Partial<InstanceRecord> = {}): InstanceRecord {
  return { ...anAssignment(), local: freshLocalState, ...overrides };
}

interface CopyOverrides {
  handle?: string;
  state?: WorkloadState;
  placement?: number;
  image?: string;
  ageMs?: number;
}

function aCopy(overrides: CopyOverrides = {}): ObservedWorkload {
  const {
    handle = "h1",
    state = "running",
    placement = 1,
    image = "fake/ok",
    ageMs = 0,
  } = overrides;
  const { identity } = buildWorkloadSpec(anAssignment({ placement, job: { image } }));
  const ran = state !== "created";
  return {
    handle,
    identity,
    state,
    createdAtMs: nowMs - ageMs,
    startedAtMs: ran ? nowMs - 1_000 : 0,
    finishedAtMs: state === "exited" ? nowMs - 500 : 0,
    ...(state === "exited" && { exitCode: 1 }),
    isOutOfMemory: false,
    publishedPorts: [],
  };
}

const plan = (
  record: InstanceRecord | undefined,
  observed: ObservedWorkload[],
  overrides: Partial<PlanContext> = {},
): Step => planWorkload(record, observed, { ...context, ...overrides });

test("nothing there: it is created", () => {
  expect(plan(aRecord(), [])).toMatchObject({ kind: "create", spec: { image: "fake/ok" } });
});

test("its image is missing: it is pulled", () => {
  expect(plan(aRecord(), [], { isImageMissing: true })).toEqual({ kind: "pull", image: "fake/ok" });
});

test("created: it is started", () => {
  expect(plan(aRecord(), [aCopy({ state: "created" })])).toEqual({ kind: "start", handle: "h1" });
});

test("running: nothing is done", () => {
  expect(plan(aRecord(), [aCopy()])).toEqual({ kind: "wait", reason: "runs" });
});

test("the same spec under a lower pair runs: it is taken as it is", () => {
  expect(plan(aRecord({ placement: 9 }), [aCopy()])).toEqual({ kind: "wait", reason: "runs" });
});

test("a copy that is newer than the record stays, whatever its spec", () => {
  const newer = aCopy({ placement: 2, image: "fake/other" });

  expect(plan(aRecord(), [newer])).toEqual({ kind: "wait", reason: "runs" });
  expect(plan(aRecord({ wanted: false }), [newer])).toEqual({ kind: "wait", reason: "gone" });
});

test("an end that nobody counted is settled first, then it is started", () => {
  const exited = aCopy({ state: "exited" });

  const step = plan(aRecord(), [exited]);

  if (step.kind !== "settle") throw new Error(step.kind);
  expect(step.local).toMatchObject({ next_try: { attempt: 1 }, restarts: 1 });
  expect(plan(aRecord({ local: step.local }), [exited])).toEqual({ kind: "start", handle: "h1" });
});

test("a pause is waited for", () => {
  const next_try = { at_ms: nowMs + 3_000, delay_ms: 4_000, attempt: 3, of: 5 };
  const local = { ...freshLocalState, next_try };

  expect(plan(aRecord({ local }), [aCopy({ state: "created" })])).toEqual({
    kind: "wait",
    reason: "next_try",
    untilMs: nowMs + 3_000,
  });
});

test("a wall clock that was set back does not stretch a pause", () => {
  const next_try = { at_ms: nowMs + 86_400_000, delay_ms: 4_000, attempt: 3, of: 5 };
  const local = { ...freshLocalState, next_try };

  expect(plan(aRecord({ local }), [])).toMatchObject({ untilMs: nowMs + 4_000 });
});

test("another spec: the new one is created first, then the old one goes, then the new one starts", () => {
  const record = aRecord(anAssignment({ placement: 2, job: { image: "fake/new" } }));
  const old = aCopy();
  const created = aCopy({ handle: "h2", state: "created", placement: 2, image: "fake/new" });

  expect(plan(record, [old]).kind).toBe("create");
  expect(plan(record, [old, created])).toEqual({
    kind: "stop",
    handle: "h1",
    reason: "other_spec",
  });
  expect(plan(record, [{ ...old, state: "exited" }, created])).toMatchObject({ kind: "remove" });
  expect(plan(record, [created])).toEqual({ kind: "start", handle: "h2" });
});

test("of two copies the running one stays", () => {
  const copies = [aCopy({ handle: "h1", state: "exited" }), aCopy({ handle: "h2" })];

  expect(plan(aRecord(), copies)).toEqual({ kind: "remove", handle: "h1", reason: "duplicate" });
});

test("given up: whatever still runs is stopped, the last run may be looked at", () => {
  const local = { ...freshLocalState, outcome: "gave_up" as const };

  expect(plan(aRecord({ local }), [aCopy()])).toMatchObject({ kind: "stop" });
  expect(plan(aRecord({ local }), [aCopy({ state: "exited" })])).toEqual({
    kind: "wait",
    reason: "gave_up",
  });
});

test("deleted: stopped, removed, gone", () => {
  const record = aRecord({ wanted: false });

  expect(plan(record, [aCopy()])).toMatchObject({ kind: "stop", reason: "deleted" });
  expect(plan(record, [aCopy({ state: "exited" })])).toMatchObject({ kind: "remove" });
  expect(plan(record, [])).toEqual({ kind: "wait", reason: "gone" });
});

test("a stray goes only when it may, and only when it is old", () => {
  const kept = { ...context.strays, mayRemove: false };

  expect(plan(undefined, [aCopy({ ageMs: 90_000 })], { strays: kept }).kind).toBe("wait");
  expect(plan(undefined, [aCopy({ ageMs: 90_000 })])).toMatchObject({
    kind: "stop",
    reason: "stray",
  });
  expect(plan(undefined, [aCopy({ ageMs: 20_000 })])).toEqual({
    kind: "wait",
    reason: "stray_is_young",
    untilMs: nowMs + 40_000,
  });
});

test("a spec that is out of range is given up without touching the runtime", () => {
  const record = aRecord(anAssignment({ job: { port: "99999:80" } }));

  expect(plan(record, [])).toMatchObject({ kind: "settle", local: { outcome: "gave_up" } });
});

// --- Properties: plan, do, plan again, over every mix of copies.

const anyCopies = fc
  .array(
    fc.record({
      state: fc.constantFrom("created" as const, "running" as const, "exited" as const),
      placement: fc.integer({ min: 1, max: 4 }),
      image: fc.constantFrom("fake/ok", "fake/other"),
      ageMs: fc.nat(200_000),
    }),
    { maxLength: 5 },
  )
  .map((copies) => copies.map((copy, index) => aCopy({ ...copy, handle: `h${index}` })));
const anyRecord = fc
  .record({
    placement: fc.integer({ min: 1, max: 4 }),
    wanted: fc.boolean(),
    outcome: fc.constantFrom(
      undefined,
      "gave_up" as const,
      "completed" as const,
      "drained" as const,
    ),
    isOneShot: fc.boolean(),
  })
  .map(({ placement, wanted, outcome, isOneShot }) =>
    aRecord({
      ...anAssignment({ placement, wanted, job: { one_shot: isOneShot } }),
      local: { ...freshLocalState, ...(outcome !== undefined && { outcome }) },
    }),
  );

interface World {
  record: InstanceRecord;
  copies: ObservedWorkload[];
}

/** What a step does when everything goes well. */
function apply(world: World, step: Step): World {
  const { record, copies } = world;
  const change = (handle: string, change: Partial<ObservedWorkload>) => ({
    record,
    copies: copies.map((copy) => (copy.handle === handle ? { ...copy, ...change } : copy)),
  });
  switch (step.kind) {
    case "create": {
      const { identity } = step.spec;
      const created = aCopy({ handle: "new", state: "created" });
      return { record, copies: [...copies, { ...created, identity }] };
    }
    case "start":
      return change(step.handle, { state: "running", startedAtMs: nowMs });
    case "stop":
      return change(step.handle, { state: "exited", finishedAtMs: nowMs });
    case "remove":
      return { record, copies: copies.filter(({ handle }) => handle !== step.handle) };
    case "settle":
      return { record: { ...record, local: step.local }, copies };
    default:
      return world;
  }
}

function* run(world: World): Generator<World & { step: Step }> {
  let present = world;
  for (let count = 0; count < 40; count += 1) {
    const step = plan(present.record, present.copies);
    yield { ...present, step };
    if (step.kind === "wait") return;
    present = apply(present, step);
  }
  throw new Error("the plan does not come to rest");
}

test("every plan comes to rest", () => {
  fc.assert(
    fc.property(anyRecord, anyCopies, (record, copies) => {
      const last = [...run({ record, copies })].at(-1);
      expect(last?.step.kind).toBe("wait");
    }),
  );
});

test("at rest exactly one copy runs of what is wanted, and none of what has ended", () => {
  fc.assert(
    fc.property(anyRecord, anyCopies, (record, copies) => {
      const last = [...run({ record, copies })].at(-1);
      const isLive = last?.record.wanted && last.record.local.outcome === undefined;
      const running = last?.copies.filter(({ state }) => state === "running") ?? [];
      if (isLive) expect(running).toHaveLength(1);
      else if (record.wanted) expect(running).toHaveLength(0);
    }),
  );
});

test("a copy is never started while another one runs", () => {
  fc.assert(
    fc.property(anyRecord, anyCopies, (record, copies) => {
      for (const { step, copies: present } of run({ record, copies })) {
        if (step.kind !== "start") continue;
        expect(present.filter(({ state }) => state === "running")).toEqual([]);
      }
    }),
  );
});

test("one running copy of the wanted spec is never touched", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (mine, wanted) => {
      const record = aRecord({ placement: wanted });
      expect(plan(record, [aCopy({ placement: mine })]).kind).toBe("wait");
    }),
  );
});

test("the order in which copies are listed does not matter", () => {
  fc.assert(
    fc.property(anyRecord, anyCopies, (record, copies) => {
      const ends = [copies, [...copies].reverse()].map((order) => {
        const last = [...run({ record, copies: order })].at(-1);
        return last?.copies.map(({ handle, state }) => `${handle} ${state}`).sort();
      });
      expect(ends[0]).toEqual(ends[1]);
    }),
  );
});
