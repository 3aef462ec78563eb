/** As many chains stand for one number of targets. */
export const GROUPS = 16;
/**
 * All but this one have a counter, for one service each. The rest share this one, which draws lots: with a common counter, two services
 * that are called in turn would each find it where they left it, and always reach the same target.
 */
export const SHARED_GROUP = GROUPS - 1;
/** Numbers of targets whose chains are there from the beginning. */
export const FIRST_CLASSES: readonly number[] = [2, 3, 4];
/** Mark of the class with so many targets and that counter. */
export function classMark(targets: number, group: number): number {
  return targets * GROUPS + group;
}

export function classChains(targets: number): string {
  // The mark must not outlive its use: a tunnel's outer packet inherits it, and foreign routing rules may know it.
  const pick = (field: string, n: string, group: number) =>
    `    meta mark set 0 dnat ${field} to ${field} daddr . numgen ${group === SHARED_GROUP ? "random" : "inc"} mod ${targets} map @slots${n}`;
  return groups()
    .map(
      (group) =>
        `  chain ${chainName(targets, group)} {\n${pick("ip", "4", group)}\n${pick("ip6", "6", group)}\n  }`,
    )
    .join("\n");
}

export function classElements(table: string, targets: number): string {
  const elements = groups().map(
    (group) => `${classMark(targets, group)} : goto ${chainName(targets, group)}`,
  );
  return `add element inet ${table} classes { ${elements.join(", ")} }`;
}

function chainName(targets: number, group: number): string {
  return `pick-${targets}-${group}`.replaceAll("-", "_");
}

function groups(): number[] {
  return Array.from({ length: GROUPS }, (_, group) => group);
}
