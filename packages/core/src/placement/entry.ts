import { type Candidate, type Need, splitInstanceKey } from "@oak/contracts";
import { KIND, kindOfTraits } from "./columns.ts";
import { freeBeforeHolds, heldAmounts } from "./holds.ts";
import { type TraitsPool, traitsOfCandidate, traitsOfShape } from "./traits.ts";
import { type Amounts, capacityOf, capacityUnits } from "./units.ts";

/** A place that was proposed, and counts until the candidate's document shows the hold. */
export interface Reservation {
  /** service id */
  jobId: string;
  need: Need;
}

/** `count` workers of a cluster that are alike. */
export interface Shape extends Amounts {
  count: number;
  /** number in the pool */
  traits: number;
}

/** What a decision needs of a candidate only now and then, and therefore not in columns. */
export interface Entry {
  id: string;
  name: string;
  /** number of its traits in the pool */
  traits: number;
  /** claims of each host port by holds and reservations */
  ports: Map<string, number>;
  /** holds of the document by service id */
  services: ReadonlyMap<string, number>;
  reservations: Map<string, Reservation>;
  /** clusters only; absent: nothing is known of single workers */
  shapes: readonly Shape[] | undefined;
  /** by holds and reservations */
  used: Amounts;
}

/** The facts of a document as a slot takes them, before reservations. */
export interface CandidateFacts {
  entry: Entry;
  /** see `Columns` */
  kind: number;
  free: Amounts;
  total: Amounts;
  storage: number;
  holds: number;
  /** steps of 5 % */
  load: number;
}

/** Finer steps would let the noise of two idle machines outvote everything that is asked after load. */
const LOAD_STEP_PERCENT = 5;

/** Reads a document. Its traits are counted in `pool`: whoever drops the facts releases them there. */
export function factsOf(candidate: Candidate, pool: TraitsPool): CandidateFacts {
  const held = heldAmounts(candidate.holds);
  const traits = pool.acquire(traitsOfCandidate(candidate));
  return {
    entry: {
      id: candidate._id,
      name: candidate.candidate_name,
      traits,
      ports: held.ports,
      services: servicesOf(candidate.holds),
      reservations: new Map(),
      shapes: candidate.free_shapes?.map((shape) => ({
        ...capacityOf(shape),
        count: shape.count,
        traits: pool.acquire(traitsOfShape(shape)),
      })),
      used: {
        vcpus: held.vcpus,
        memory: held.memory,
        vgpus: held.vgpus,
        addresses: held.addresses,
      },
    },
    kind: kindOf(candidate, traits),
    free: freeBeforeHolds(candidate),
    total: capacityOf(candidate.allocatable),
    storage: storageOf(candidate),
    holds: held.count,
    load: Math.floor(
      ((candidate.cpu_percent ?? 0) + (candidate.memory_percent ?? 0)) / 2 / LOAD_STEP_PERCENT,
    ),
  };
}

function kindOf({ liveness, schedulable }: Candidate, traits: number): number {
  if (liveness !== "alive") return KIND.notAlive;
  return schedulable ? kindOfTraits(traits) : KIND.notSchedulable;
}

/** Older children do not tell their disk: 0 of them means "not known", and refuses nothing. */
function storageOf({ allocatable, proto, free_shapes }: Candidate): number {
  const isUnknown = allocatable.storage === 0 && proto === undefined && free_shapes === undefined;
  return isUnknown ? Number.POSITIVE_INFINITY : capacityUnits(allocatable.storage);
}

function servicesOf(holds: Candidate["holds"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of Object.keys(holds)) {
    const { jobId } = splitInstanceKey(key);
    counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
  }
  return counts;
}
