import type { Bytes } from "./rules-encode.ts";
import { classMark, GROUPS, SHARED_GROUP } from "./rules-text-classes.ts";

/**
 * Which class a service address with several targets is in: a number of targets, and a counter for it of its own while there are any.
 */
export interface Classes {
  /** Numbers of targets whose chains stand, ascending. */
  ready(): readonly number[];
  /** They stand now. */
  add(targets: number): void;
  /**
   * The class for so many targets. An address keeps its counter as long as the number stays. While chains for that number
   * are missing it is the largest class below; with none below it is undefined.
   */
  assign(address: Bytes, targets: number): { targets: number; mark: number } | undefined;
  release(address: Bytes): void;
  /** Notes what a former process assigned. */
  adopt(address: Bytes, mark: number): void;
}

export function createClasses(first: readonly number[]): Classes {
  const ready = new Set(first);
  const marks = new Map<Bytes, number>();
  const uses = new Map<number, number>();

  const count = (mark: number, by: number): void => {
    uses.set(mark, (uses.get(mark) ?? 0) + by);
  };
  const release = (address: Bytes): void => {
    const mark = marks.get(address);
    if (mark === undefined) return;
    marks.delete(address);
    count(mark, -1);
  };
  const take = (address: Bytes, mark: number): void => {
    release(address);
    marks.set(address, mark);
    count(mark, 1);
  };

  return {
    ready: () => [...ready].sort((a, b) => a - b),
    add: (targets) => void ready.add(targets),
    assign(address, wished) {
      const targets = nearest(ready, wished);
      if (targets === undefined) return undefined;
      const held = marks.get(address);
      if (held !== undefined && targetsOf(held) === targets) return { targets, mark: held };
      release(address);
      const mark = freeOrShared(uses, targets);
      take(address, mark);
      return { targets, mark };
    },
    release,
    adopt: take,
  };
}

/** The number of targets that a mark of {@link classMark} stands for. */
export function targetsOf(mark: number): number {
  return Math.floor(mark / GROUPS);
}

function nearest(ready: ReadonlySet<number>, wished: number): number | undefined {
  if (ready.has(wished)) return wished;
  const below = [...ready].filter((targets) => targets < wished);
  return below.length === 0 ? undefined : Math.max(...below);
}

function freeOrShared(uses: ReadonlyMap<number, number>, targets: number): number {
  const marks = Array.from({ length: GROUPS }, (_, group) => classMark(targets, group));
  const free = marks.find((mark) => (uses.get(mark) ?? 0) === 0);
  return free ?? classMark(targets, SHARED_GROUP);
}
