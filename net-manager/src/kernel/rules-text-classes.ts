/** As many chains stand for one number of targets; a service shares its counter with others beyond that. */
export const GROUPS = 16;
/** Numbers of targets whose chains are there from the beginning. */
export const FIRST_CLASSES: readonly number[] = [2, 3, 4];
/** Mark of the class with so many targets and that counter. */
export function classMark(targets: number, group: number): number {
  return targets * GROUPS + group;
}

export function classChains(targets: number): string {
  // The mark must not outlive its use: a tunnel's outer packet inherits it, and foreign routing rules may know it.
  const pick = (field: string, n: string) =>
    `    meta mark set 0 dnat ${field} to ${field} daddr . numgen inc mod ${targets} map @slots${n}`;
  return groups()
    .map(
      (group) =>
        `  chain ${chainName(targets, group)} {\n${pick("ip", "4")}\n${pick("ip6", "6")}\n  }`,
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
