import { z } from "zod";

const Counter = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * Identifies one placement of one instance. `epoch` is given by the root with each cluster,
 * `placement` by the cluster with each worker; compared epoch first. Between root and cluster
 * `placement` is 0.
 */
export const Pair = z.object({ epoch: Counter, placement: Counter }).meta({ id: "Pair" });
export type Pair = z.infer<typeof Pair>;

/** Identity of a tier's database: new after a wipe or a restore. */
export const Incarnation = z.string().min(8).max(64);

/** Counts the changes to what a parent wants of one child; starts at 1, 0 is "nothing yet". */
export const WantRev = Counter;

/** Revision of a service's spec; starts at 1. */
export const SpecRev = Counter;

/** Given by the parent at each registration of a child; orders reports across restarts. */
export const Session = Counter;

/** Counts reports inside a session. */
export const Seq = Counter;

/** Digest of a set of held instances: 16 hex characters, order-independent. */
export const Digest = z.string().regex(/^[0-9a-f]{16}$/);
