import type { ElementChange } from "@oak/netlink";
import { type Bytes, compact, toBytes } from "./rules-encode.ts";
import { createShardedMap, type ShardedMap } from "./sharded-map.ts";

/** An element of a set or, with data, of a map. */
export interface Element {
  set: string;
  key: Bytes;
  data?: Bytes;
}

interface Claim extends Element {
  owner: string;
}

/** Owner of what a former process left. */
const PREDECESSOR = "";

/**
 * Who wants which element. Two owners may want the same one: a namespace address that went from one service to another is told of
 * twice for a moment. The last claim counts, and the one before it again when that one goes.
 */
export interface Ledger {
  /** What `owner` wants from now on, instead of what it wanted. Answers what that changes in the kernel. */
  replace(wishes: ReadonlyMap<string, readonly Element[]>): ElementChange[];
  wishesOf(owner: string): readonly Element[];
  /** Notes what a former process left in the kernel. Whoever claims the same element becomes its owner. */
  adopt(element: Element): void;
  /** Up to `limit` adopted elements that nobody claimed are forgotten: their removal. Undefined: there are no more of them. */
  dropAdopted(limit: number): ElementChange[] | undefined;
  /** What the kernel should hold under that key; undefined: nothing. */
  wanted(set: string, key: Bytes): Element | undefined;
  keys(set: string): IterableIterator<Bytes>;
  count(): number;
}

/** Claims that are looked at in one call: about a millisecond. */
const LOOK = 4096;

type Touched = Map<string, { element: Element; before: Element | undefined }>;

export function createLedger(): Ledger {
  const sets = new Map<string, ShardedMap<Claim | Claim[]>>();
  const owners = createShardedMap<Claim[]>();

  /** Where the last look for adopted ones ended. */
  let walk: Iterator<Claim | Claim[], undefined> | undefined;

  function* everyClaim(): Generator<Claim | Claim[], undefined> {
    for (const elements of sets.values()) yield* elements.values();
  }

  const wanted = (set: string, key: Bytes): Claim | undefined => {
    const held = sets.get(set)?.get(key);
    return Array.isArray(held) ? held.at(-1) : held;
  };

  const touch = (touched: Touched, element: Element): void => {
    const id = idOf(element);
    if (!touched.has(id)) touched.set(id, { element, before: wanted(element.set, element.key) });
  };

  const claim = (next: Claim): void => {
    const { set, key } = next;
    const elements = sets.get(set) ?? createShardedMap<Claim | Claim[]>();
    sets.set(set, elements);
    const held = elements.get(key);
    const isFree = held === undefined || (!Array.isArray(held) && held.owner === PREDECESSOR);
    elements.set(key, isFree ? next : [held, next].flat());
  };

  const release = (gone: Claim): void => {
    const elements = sets.get(gone.set);
    const held = elements?.get(gone.key);
    const rest = [held ?? []].flat().filter((other) => other !== gone);
    const [only, ...others] = rest;
    if (only === undefined) elements?.delete(gone.key);
    else elements?.set(gone.key, others.length === 0 ? only : rest);
  };

  const replaceOne = (owner: string, next: readonly Element[], touched: Touched): void => {
    const missing = new Map(next.map((element) => [idOf(element), element]));
    const kept: Claim[] = [];
    for (const held of owners.get(owner) ?? []) {
      const id = idOf(held);
      const same = missing.get(id);
      if (same !== undefined && same.data === held.data) {
        kept.push(held);
        missing.delete(id);
      } else {
        touch(touched, held);
        release(held);
      }
    }
    for (const element of missing.values()) {
      const { set, data } = element;
      const key = compact(element.key);
      const added =
        data === undefined ? { set, key, owner } : { set, key, owner, data: compact(data) };
      touch(touched, added);
      claim(added);
      kept.push(added);
    }
    if (kept.length === 0) owners.delete(owner);
    // A copy has room for these and no more.
    else owners.set(owner, kept.slice());
  };

  return {
    replace(wishes) {
      const touched: Touched = new Map();
      for (const [owner, next] of wishes) replaceOne(owner, next, touched);
      return changesOf(touched, wanted);
    },
    wishesOf: (owner) => owners.get(owner) ?? [],
    adopt(element) {
      if (wanted(element.set, element.key) === undefined) claim({ ...element, owner: PREDECESSOR });
    },
    dropAdopted(limit) {
      walk ??= everyClaim();
      const changes: ElementChange[] = [];
      for (let looked = 0; looked < LOOK && changes.length < limit; looked += 1) {
        const { value: held, done } = walk.next();
        if (done === true) {
          walk = undefined;
          return changes.length === 0 ? undefined : changes;
        }
        if (Array.isArray(held) || held.owner !== PREDECESSOR) continue;
        sets.get(held.set)?.delete(held.key);
        changes.push(removal(held));
      }
      return changes;
    },
    wanted,
    keys: (set) => sets.get(set)?.keys() ?? [].values(),
    count: () => [...sets.values()].reduce((sum, elements) => sum + elements.size, 0),
  };
}

export function addition({ set, key, data }: Element): ElementChange {
  const bare = { op: "add" as const, set, key: toBytes(key) };
  return data === undefined ? bare : { ...bare, data: toBytes(data) };
}

export function removal({ set, key }: Element): ElementChange {
  return { op: "delete", set, key: toBytes(key) };
}

/** Puts an element in that goes by itself after `forMs`, counted from now also when it is there. */
export function lasting({ set, key }: Element, forMs: number): ElementChange[] {
  const change = { set, key: toBytes(key) };
  return [
    { ...change, op: "delete", mayBeAbsent: true },
    { ...change, op: "add", timeoutMs: forMs },
  ];
}

/** Removals first: a key may come back with other data in the same transaction. */
function changesOf(
  touched: Touched,
  wanted: (set: string, key: Bytes) => Element | undefined,
): ElementChange[] {
  const removals: ElementChange[] = [];
  const additions: ElementChange[] = [];
  for (const { element, before } of touched.values()) {
    const after = wanted(element.set, element.key);
    const isSame = (before === undefined) === (after === undefined) && before?.data === after?.data;
    if (isSame) continue;
    if (before !== undefined) removals.push(removal(before));
    if (after !== undefined) additions.push(addition(after));
  }
  return [...removals, ...additions];
}

function idOf({ set, key }: Element): string {
  return `${set} ${key}`;
}
