import type {
  HoldGranted,
  HoldRequest,
  Instance,
  InstanceKey,
  InstanceWrite,
  Observation,
  Pair,
  PlacementProposal,
  PlacementRequest,
} from "@oak/contracts";

/** The part of a logger that decisions need; pino fits. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Time of the tier's own machine. */
export interface TierClock {
  nowMs(): number;
  monotonicMs(): number;
}

/**
 * Instances of the tier, as stored. Every method rejects when the store is away; the caller tries again
 * later from the stored state, so nothing may be assumed about a write whose answer was lost.
 */
export interface AssignmentStore {
  list(): Promise<Instance[]>;
  get(key: InstanceKey): Promise<Instance | undefined>;
  /** Durable when it resolves, with `rev` one higher. `conflict`: `rev` has moved on; read again. */
  write(assignment: InstanceWrite): Promise<"written" | "conflict">;
  /** Stores the observation unless a newer one is there; never touches the assignment. */
  observe(key: InstanceKey, seen: Observation): Promise<boolean>;
  /** Absent counts as removed. */
  remove(key: InstanceKey, rev: number): Promise<"removed" | "conflict">;
}

export type HoldAnswer = ({ ok: true } & HoldGranted) | { ok: false; reason: string };

/** Capacity of the children, and the counter of what is wanted of each. */
export interface HoldStore {
  /** Idempotent for the same key and pair; a lower pair than the stored one is refused. */
  hold(child: string, key: InstanceKey, request: HoldRequest): Promise<HoldAnswer>;
  /** Drops the hold when its pair is at or below `pair`; absent is fine. */
  drop(child: string, key: InstanceKey, pair: Pair): Promise<void>;
  /** Counts a change that takes no capacity. Undefined when the child is not known any more. */
  countWant(child: string): Promise<number | undefined>;
}

/** Proposes places; the hold decides. */
export interface PlacementScheduler {
  propose(request: PlacementRequest): Promise<PlacementProposal>;
}
