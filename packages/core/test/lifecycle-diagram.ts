import { STATUSES, type Status } from "@oak/contracts";
import { isTerminal, TRANSITIONS } from "../src/lifecycle/transitions.ts";

/**
 * The transition table as a Mermaid state diagram. Statuses that may follow each other in any order, and
 * that lead to the same others, stand in one box: seventeen boxes with all their arrows could not be read.
 */
export function lifecycleDiagram(): string {
  const groups = groupsOf(STATUSES);
  const nameOf = (status: Status): string =>
    `s${groups.findIndex((group) => group.includes(status)) + 1}`;
  const boxes = groups.map((group) => {
    const [first] = group;
    return `  state "${group.join("<br/>")}" as ${first === undefined ? "" : nameOf(first)}`;
  });
  const arrows = groups.flatMap(([first]) => {
    if (first === undefined) return [];
    const targets = new Set(TRANSITIONS[first].map(nameOf));
    targets.delete(nameOf(first));
    return [...targets].map((target) => `  ${nameOf(first)} --> ${target}`);
  });
  const ends = STATUSES.filter(isTerminal).map((status) => `  ${nameOf(status)} --> [*]`);
  const begin = `  [*] --> ${nameOf("REQUESTED")}`;
  return ["stateDiagram-v2", ...boxes, begin, ...arrows, ...ends].join("\n");
}

/** Statuses with the same reach, themselves included. */
function groupsOf(statuses: readonly Status[]): Status[][] {
  const groups = new Map<string, Status[]>();
  for (const status of statuses) {
    const reach = [...new Set<Status>([status, ...TRANSITIONS[status]])].sort().join();
    groups.set(reach, [...(groups.get(reach) ?? []), status]);
  }
  return [...groups.values()];
}
