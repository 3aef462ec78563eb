import type { Pair } from "@oak/contracts";
import { comparePairs } from "./pair.ts";

/** What a child remembers of an instance: the copy it holds, or (`wanted: false`) that it was deleted. */
export interface Held extends Pair {
  incarnation: string;
  wanted: boolean;
}

/** What a child knows of its parent. */
export interface ParentKnown {
  /** of the parent's database, as given at the last registration */
  incarnation: string;
  /** everything that the parent wanted up to this want_rev has been processed */
  cursor: number;
}

export interface CommandNumbers extends Pair {
  incarnation: string;
  want_rev: number;
}

/**
 * - `apply`: store it, then acknowledge
 * - `repeat`: already so; answer as before
 * - `stale`: overtaken by something that the child has stored; refuse and say what is held
 * - `foreign`: from another database than the one that this child is registered with
 */
export type CommandVerdict = "apply" | "repeat" | "stale" | "foreign";

/**
 * Decides about a deploy (protocol rules 2 and 4).
 * @param inSync the command came in a sync whose want_rev is at or above the cursor: it speaks of now, so
 *   being older than the cursor does not count against it.
 */
export function acceptDeploy(
  held: Held | undefined,
  command: CommandNumbers,
  known: ParentKnown,
  inSync = false,
): CommandVerdict {
  if (command.incarnation !== known.incarnation) return "foreign";
  // The memory of a deletion is dropped once the cursor has passed it: what the cursor has passed and
  // nobody remembers was deleted, so a late repetition must not bring it back.
  if (held === undefined) {
    return !inSync && command.want_rev <= known.cursor ? "stale" : "apply";
  }
  const order = comparePairs(command, held);
  if (order < 0) return "stale";
  if (order > 0) return "apply";
  // The same numbers from a new database of the parent: it learned them from us. Take its name.
  return held.wanted && held.incarnation !== command.incarnation ? "apply" : "repeat";
}

/** Decides about a delete, or a copy that a sync names as gone (protocol rules 2 and 4). */
export function acceptDelete(
  held: Held | undefined,
  command: CommandNumbers,
  known: ParentKnown,
): CommandVerdict {
  if (command.incarnation !== known.incarnation) return "foreign";
  // Nothing to stop. It is still remembered while a deploy that it overtook may be on its way.
  if (held === undefined) return command.want_rev <= known.cursor ? "repeat" : "apply";
  const order = comparePairs(command, held);
  if (order < 0) return "stale";
  return held.wanted || order > 0 ? "apply" : "repeat";
}
