import type { Finding } from "./finding.ts";
import type { Probes } from "./probes.ts";

/** Looks at one thing. Checks know nothing of each other, so that they all run at once. */
export interface Check {
  /** Stands in for its findings when it comes to none. */
  name: string;
  run(probes: Probes): Promise<readonly Finding[]>;
}

export function check(name: string, run: Check["run"]): Check {
  return { name, run };
}
