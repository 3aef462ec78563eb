import type { TierAccess } from "@oak/testkit";
import { expect } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy, untilRunning } from "./deployment.ts";
import { eventually } from "./eventually.ts";
import { lifeOf } from "./running-copies.ts";
import type { System } from "./system.ts";
import { readRecords } from "./tier-records.ts";

/** What runs, and under which numbers each tier wants it; equal before and after what must not disturb. */
export interface Scene {
  lives: ReturnType<typeof lifeOf>[];
  assignments: { root: string[]; cluster: string[] };
}

export async function sceneOf(system: System): Promise<Scene> {
  const { root, cluster } = system.tiers;
  const [copies, atRoot, atCluster] = await Promise.all([
    system.copies(),
    assignmentsOf(root),
    assignmentsOf(cluster),
  ]);
  return { lives: copies.map(lifeOf), assignments: { root: atRoot, cluster: atCluster } };
}

async function assignmentsOf(tier: TierAccess): Promise<string[]> {
  const { instances } = await readRecords(tier);
  const lines = instances.map(
    ({ _id, phase, child, epoch, placement }) => `${_id} ${phase} ${child} ${epoch}/${placement}`,
  );
  return lines.toSorted();
}

/** What there is to see is the same as before: no restart, no other numbers, nothing more and nothing less. */
export async function untilSceneIs(system: System, scene: Scene): Promise<void> {
  await eventually(async () => expect(await sceneOf(system)).toEqual(scene));
}

/** A deployment through all tiers works at this moment. Takes it away again. */
export async function expectDeploymentWorks(system: System, code: string): Promise<void> {
  const { service, application } = await deploy(system, anSla({ code }), 1);
  await untilRunning(system, service, 1);
  await system.api.deleteApplication(application);
}
