import type { JobSpec, Need } from "@oak/contracts";
import { allowedArchitectures } from "./architecture.ts";
import type { Rows } from "./candidate-table.ts";
import { KIND, kindOfTraits } from "./columns.ts";
import { requiredAddons, requiredCsiDrivers } from "./constraints.ts";
import { CODE, FITS, NOBODY } from "./refusal-reasons.ts";
import { stableHash } from "./stable-hash.ts";
import type { Traits, TraitsPool } from "./traits.ts";
import { type Amounts, amountsOf, needUnits } from "./units.ts";

/** One instance that wants a place. */
export interface PlaceRequest {
  job: JobSpec;
  /** see `needOf` */
  need: Need;
  /** ids of candidates to skip */
  exclude: readonly string[];
  /**
   * Tells equal candidates apart. The same salt gives the same answer; one that differs from request to
   * request (an attempt's id) makes equal candidates take turns.
   */
  salt: string;
}

/** A request in the terms of one table: names are looked up once, before the scan. */
export interface Demand {
  amounts: Amounts;
  storage: number;
  hostPorts: readonly string[];
  excluded: ReadonlySet<number>;
  /** by kind: the code of what is wrong with candidates of that kind */
  kinds: Uint8Array;
  /** by number of traits: the code of what is missing in runtime or architecture */
  platform: Uint8Array;
  /** slot → how many instances of the same service it has */
  holders: ReadonlyMap<number, number> | undefined;
  salt: number;
}

/** For tables of workers: a kind is judged by everything that a worker is. */
export function demandOnWorkers(rows: Rows, request: PlaceRequest): Demand {
  const extras = extrasRefusal(request.job);
  const platform = platformRefusal(request.job);
  return demandOf(rows, request, (traits) => extras(traits) || platform(traits));
}

/** For tables of clusters: runtimes and architectures are a matter of their shapes. */
export function demandOnClusters(rows: Rows, request: PlaceRequest): Demand {
  return demandOf(rows, request, extrasRefusal(request.job));
}

function demandOf(rows: Rows, request: PlaceRequest, refusalOf: RefusalOfTraits): Demand {
  const { job, need } = request;
  return {
    amounts: amountsOf(need),
    storage: needUnits(job.storage ?? 0),
    hostPorts: need.host_ports,
    excluded: slotsOf(rows, request.exclude),
    kinds: judgeKinds(rows.traits, refusalOf),
    platform: judge(rows.traits, platformRefusal(job)),
    holders: rows.holdersOf(job._id),
    salt: stableHash(request.salt),
  };
}

type RefusalOfTraits = (traits: Traits) => number;

/** Runtime and architecture of a worker, or of a shape. */
function platformRefusal(job: JobSpec): RefusalOfTraits {
  const architectures = allowedArchitectures(job);
  return ({ virtualization, architecture }) => {
    if (!virtualization.has(job.virtualization)) return CODE.virtualization;
    return architectures?.has(architecture) === false ? CODE.architecture : FITS;
  };
}

function extrasRefusal(job: JobSpec): RefusalOfTraits {
  const drivers = requiredCsiDrivers(job);
  const addons = requiredAddons(job);
  return (traits) => {
    if (!drivers.every((name) => traits.csiDrivers.has(name))) return CODE.csi_driver_missing;
    return addons.every((name) => traits.addons.has(name)) ? FITS : CODE.addon_missing;
  };
}

function judgeKinds(pool: TraitsPool, refusalOf: RefusalOfTraits): Uint8Array {
  const kinds = new Uint8Array(kindOfTraits(pool.length));
  kinds[KIND.empty] = NOBODY;
  kinds[KIND.notAlive] = CODE.not_alive;
  kinds[KIND.notSchedulable] = CODE.not_schedulable;
  kinds.set(judge(pool, refusalOf), kindOfTraits(0));
  return kinds;
}

function judge(pool: TraitsPool, refusalOf: RefusalOfTraits): Uint8Array {
  const verdicts = new Uint8Array(pool.length);
  for (let index = 0; index < pool.length; index += 1) {
    const traits = pool.at(index);
    if (traits !== undefined) verdicts[index] = refusalOf(traits);
  }
  return verdicts;
}

function slotsOf(rows: Rows, ids: readonly string[]): Set<number> {
  return new Set(ids.map((id) => rows.slotOf(id)).filter((slot) => slot !== undefined));
}

/** Whether these amounts carry the demand; the code of the first that does not. 0 asks for nothing. */
export function amountsRefusal(left: Amounts, need: Amounts): number {
  if (need.vcpus > 0 && need.vcpus > left.vcpus) return CODE.vcpus;
  if (need.memory > 0 && need.memory > left.memory) return CODE.memory;
  if (need.vgpus > 0 && need.vgpus > left.vgpus) return CODE.vgpus;
  return need.addresses > left.addresses ? CODE.addresses : FITS;
}
