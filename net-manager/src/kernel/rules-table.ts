import { type ElementChange, KernelError, type Nftables, type SetElement } from "@oak/netlink";
import { GUARD_SETS } from "./rules-elements.ts";

/** Both tables, seen as one. */
export interface RulesTable {
  load(ruleset: string): Promise<void>;
  /**
   * One transaction in each of the tables that the changes are for; in practice all are for one.
   * @returns false: the tables are not as they should be, and nothing was changed
   * @throws KernelError when the kernel refuses for any other reason
   */
  change(changes: readonly ElementChange[]): boolean;
  /** None when the set is missing. */
  elements(set: string): SetElement[];
  /** The same; others run in between. */
  elementsInParts(set: string): Promise<SetElement[]>;
  /** Told of each change that the kernel has taken, until the answer is called. */
  follow(listener: (change: ElementChange) => void): () => void;
}

/** What the kernel says when somebody else took away or put in what we count on. */
const SURPRISES: ReadonlySet<string> = new Set(["ENOENT", "EEXIST", "EBUSY"]);

export function createRulesTable({
  table,
  guard,
}: {
  table: Nftables;
  guard: Nftables;
}): RulesTable {
  const followers = new Set<(change: ElementChange) => void>();
  const isGuard = (set: string): boolean => GUARD_SETS.includes(set);
  return {
    load: (ruleset) => table.load(ruleset),
    change(changes) {
      try {
        changeOne(
          table,
          changes.filter(({ set }) => !isGuard(set)),
        );
        changeOne(
          guard,
          changes.filter(({ set }) => isGuard(set)),
        );
        for (const follower of followers) changes.forEach(follower);
        return true;
      } catch (error) {
        if (error instanceof KernelError && SURPRISES.has(error.code)) return false;
        throw error;
      }
    },
    elements(set) {
      try {
        return (isGuard(set) ? guard : table).elements(set);
      } catch (error) {
        return noneWhenMissing(error);
      }
    },
    elementsInParts: (set) =>
      (isGuard(set) ? guard : table).elementsInParts(set).catch(noneWhenMissing),
    follow(listener) {
      followers.add(listener);
      return () => void followers.delete(listener);
    },
  };
}

function changeOne(table: Nftables, changes: readonly ElementChange[]): void {
  if (changes.length > 0) table.change(changes);
}

function noneWhenMissing(error: unknown): SetElement[] {
  if (error instanceof KernelError && error.code === "ENOENT") return [];
  throw error;
}
