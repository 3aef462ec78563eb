import type { Check } from "./check.ts";
import { type Finding, notChecked } from "./finding.ts";
import type { Probes } from "./probes.ts";

/**
 * All at once; findings in the order of the checks. One that fails or takes too long has found nothing, which is said.
 */
export async function runChecks(
  checks: readonly Check[],
  probes: Probes,
  limitMs: number,
): Promise<Finding[]> {
  const found = await Promise.all(checks.map((one) => runOne(one, probes, limitMs)));
  return found.flat();
}

async function runOne(
  { name, run }: Check,
  probes: Probes,
  limitMs: number,
): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding[]>((resolve) => {
    const why = `no result within ${limitMs / 1_000} s`;
    timer = setTimeout(() => resolve([notChecked(name, why)]), limitMs);
  });
  try {
    return await Promise.race([run(probes), late]);
  } catch (error) {
    return [notChecked(name, error instanceof Error ? error.message : String(error))];
  } finally {
    clearTimeout(timer);
  }
}
