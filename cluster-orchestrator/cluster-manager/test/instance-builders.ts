import type { Instance, Liveness, Observation } from "@oak/contracts";
import type { PlanContext } from "../src/domain/plan-instance.ts";
import { DEFAULT_PLACER_SETTINGS } from "../src/domain/settings.ts";

export const workerA = "a00000000000000000000000";
export const workerB = "b00000000000000000000000";
export const pair = { epoch: 1, placement: 5 };

export function anInstance(over: Partial<Instance> = {}): Instance {
  return {
    _id: "5e0000000000000000000000/0",
    job_id: "5e0000000000000000000000",
    instance_number: 0,
    rev: 3,
    phase: "unplaced",
    child: null,
    ...pair,
    spec_rev: 1,
    want_rev: 7,
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    intent: anIntent(),
    fenced: [],
    excluded: [],
    status: "CLUSTER_SCHEDULED",
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

export function anIntent(over: Partial<NonNullable<Instance["intent"]>> = {}) {
  return { incarnation: "root", epoch: 1, spec_rev: 1, want_rev: 4, wanted: true, ...over };
}

export const unwanted = anIntent({ wanted: false });

export function aSeen(over: Partial<Observation> = {}): Observation {
  const order = { session: 1, seq: 1, ...pair };
  return { status: "RUNNING", status_detail: "", ...order, at: 100, released: false, ...over };
}

export function assigned(over: Partial<Instance> = {}): Instance {
  return anInstance({ phase: "assigned", child: workerA, ...over });
}

export function releasing(over: Partial<Instance> = {}): Instance {
  return anInstance({
    phase: "releasing",
    child: workerA,
    reason: "deleted",
    intent: unwanted,
    ...over,
  });
}

export const fence = { child: workerB, epoch: 1, placement: 4, want_rev: 6 };

/** A move to the other worker, whose second copy is being made. */
export const aMove = {
  ...{ id: 1, child: workerB, epoch: 1, placement: 6, want_rev: 9 },
  ...{ status: null, detail: "", since: 190 },
} satisfies Instance["move"];

export const aWish = { id: 1, node: null, drain_s: 30 };

export function aContext(
  over: Partial<PlanContext> & { worker?: Liveness | "removed" } = {},
): PlanContext {
  const { worker = "alive", ...rest } = over;
  return {
    nowS: 200,
    settings: DEFAULT_PLACER_SETTINGS,
    isGateOpen: true,
    isLearning: false,
    livenessOf: () => worker,
    sentAgoS: undefined,
    sendingForS: undefined,
    isSettledAbove: false,
    onSilence: "replace",
    silentForS: 0,
    moveSent: undefined,
    stopSentAgoS: () => undefined,
    ...rest,
  };
}
