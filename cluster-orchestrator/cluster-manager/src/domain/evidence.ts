import type { Pair, Status } from "@oak/contracts";

/**
 * Facts about one instance that arrived with a message and are stored nowhere yet. A plan that acts on one
 * stores its consequence; one that is lost comes again with the next inventory.
 */
export type Evidence =
  /** the worker confirmed that no copy at or below this pair runs or will run */
  | ({ kind: "released"; child: string } & Pair)
  /**
   * a full inventory, taken after everything up to `want_rev` was processed, has no wanted copy.
   * `inDoubt`: it came while this tier was learning, when nobody is told anything
   */
  | { kind: "absent"; child: string; want_rev: number; inDoubt?: boolean }
  /** a copy that was fenced is still there */
  | ({ kind: "survivor"; child: string; isHealthy: boolean } & Pair)
  /** of the copy that an instance moves to, as long as it does not run */
  | ({ kind: "moving"; child: string; status: Status; detail: string } & Pair)
  /** no connection is open any more to a copy that a move has left */
  | ({ kind: "idle"; child: string } & Pair)
  /** a worker holds a copy under a pair that this database has not given */
  | ({ kind: "higher"; child: string } & Pair);
