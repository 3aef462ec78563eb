import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { type Copy, lifeOf } from "./running-copies.ts";
import { recordsOnDisk, type System } from "./system.ts";
import { readRecords } from "./tier-records.ts";

/**
 * Waits until everything there is to see is what these instances of a service call for, and nothing more: one
 * running copy each, RUNNING at the root, an assignment in each tier, a hold at the worker, a file on its disk.
 * @param undisturbed copies that must not have stopped meanwhile
 */
export async function untilExactly(
  system: System,
  wanted: { service: string; numbers: readonly number[] },
  undisturbed: readonly Copy[] = [],
): Promise<void> {
  await eventually(() => expectExactly(system, wanted));
  await expectAlive(system, undisturbed);
}

/** The same for whatever the root says is wanted, also when it takes something up only now. */
export async function untilConsistent(
  system: System,
  service: string,
  undisturbed: readonly Copy[] = [],
): Promise<void> {
  await eventually(async () => {
    const { instance_list: wanted } = await system.api.service(service);
    const numbers = wanted.map(({ instance_number }) => instance_number);
    await expectExactly(system, { service, numbers });
  });
  await expectAlive(system, undisturbed);
}

async function expectExactly(
  system: System,
  { service, numbers }: { service: string; numbers: readonly number[] },
): Promise<void> {
  const keys = numbers.map((number) => `${service}/${number}`).toSorted();
  expect(await allThereIs(system, service)).toEqual({
    shown: keys.map((key) => `${key} RUNNING`),
    copies: keys.map((key) => ({ key, isRunning: true })),
    root: { assigned: keys, holds: [] },
    cluster: { assigned: keys, holds: keys },
    files: keys.map((key) => `${key.replace("/", "-")}.json`),
  });
}

async function expectAlive(system: System, copies: readonly Copy[]): Promise<void> {
  const lives = (await system.copies()).map(lifeOf);
  expect(lives).toEqual(expect.arrayContaining(copies.map(lifeOf)));
}

async function allThereIs(system: System, service: string) {
  const [{ instance_list: shown }, copies, atRoot, atCluster, files] = await Promise.all([
    system.api.service(service),
    system.copies(),
    recordsAt(system, "root"),
    recordsAt(system, "cluster"),
    recordsOnDisk(system),
  ]);
  return {
    shown: shown.map((one) => `${service}/${one.instance_number} ${one.status}`).toSorted(),
    copies: copies.map(({ instance, isRunning }) => ({ key: instance, isRunning })),
    root: atRoot,
    cluster: atCluster,
    files,
  };
}

async function recordsAt({ tiers }: System, tier: "root" | "cluster") {
  const { candidates, instances } = await readRecords(tiers[tier]);
  return {
    assigned: instances
      .map(({ _id, phase }) => (phase === "assigned" ? _id : `${_id} ${phase}`))
      .toSorted(),
    holds: candidates.flatMap(({ holds }) => Object.keys(holds)).toSorted(),
  };
}
