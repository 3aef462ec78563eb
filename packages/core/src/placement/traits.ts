import type { Candidate, FreeShape, Resources } from "@oak/contracts";
import { normaliseArchitecture } from "./architecture.ts";

/**
 * What a candidate is, as opposed to what it has left. A fleet has few kinds of machine, so equal traits
 * are stored once and each request judges every kind once, however many candidates share it.
 */
export interface Traits {
  virtualization: ReadonlySet<string>;
  /** "" when not known */
  architecture: string;
  csiDrivers: ReadonlySet<string>;
  addons: ReadonlySet<string>;
}

/** Traits by number, counted by use; a number is free again when nobody has those traits any more. */
export interface TraitsPool {
  /** Numbers in use are below this. */
  readonly length: number;
  at(index: number): Traits | undefined;
  /** Answers the number of equal traits, and counts one more user. */
  acquire(traits: Traits): number;
  release(index: number): void;
}

export function traitsOfCandidate(candidate: Candidate): Traits {
  return {
    virtualization: new Set(candidate.virtualization ?? []),
    architecture: normaliseArchitecture(candidate.architecture ?? ""),
    csiDrivers: new Set(csiDriverNames(candidate)),
    addons: new Set(candidate.supported_addons ?? []),
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Storage drivers and addons are told for a whole cluster, not for a shape. */
export function traitsOfShape(shape: FreeShape): Traits {
  return {
    virtualization: new Set(shape.virtualization),
    architecture: normaliseArchitecture(shape.architecture),
    csiDrivers: NONE,
    addons: NONE,
  };
}

/** upstream: workers send objects, clusters plain names. */
export function csiDriverNames(resources: Resources): string[] {
  const drivers = resources.csi_drivers ?? [];
  return drivers.map((driver) => (typeof driver === "string" ? driver : driver.csi_driver_name));
}

export function createTraitsPool(): TraitsPool {
  const entries: ({ traits: Traits; key: string; users: number } | undefined)[] = [];
  const indexByKey = new Map<string, number>();
  const free: number[] = [];

  const acquire = (traits: Traits): number => {
    const key = keyOf(traits);
    const known = indexByKey.get(key);
    const entry = known === undefined ? undefined : entries[known];
    if (known !== undefined && entry !== undefined) {
      entry.users += 1;
      return known;
    }
    const index = free.pop() ?? entries.length;
    entries[index] = { traits, key, users: 1 };
    indexByKey.set(key, index);
    return index;
  };

  const release = (index: number): void => {
    const entry = entries[index];
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    entries[index] = undefined;
    indexByKey.delete(entry.key);
    free.push(index);
  };

  return {
    get length() {
      return entries.length;
    },
    at: (index) => entries[index]?.traits,
    acquire,
    release,
  };
}

function keyOf({ virtualization, architecture, csiDrivers, addons }: Traits): string {
  const sorted = [virtualization, csiDrivers, addons].map((names) => [...names].sort());
  return JSON.stringify([architecture, ...sorted]);
}
