import type { RulesOptions } from "./rules-port.ts";

export interface RulesetOptions extends RulesOptions {
  /** Name of the table, in the families inet and bridge. */
  table: string;
  /** Numbers of targets that have chains. */
  classes: Iterable<number>;
  /** Addresses of the bridge, which stand for what has no instance address. */
  gateway: { v4: string; v6: string };
}

/** One of them, or a set of all. */
export function set(members: readonly string[]): string {
  return members.length === 1 ? String(members[0]) : `{ ${members.join(", ")} }`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}
