import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createTestBed, type TestBed, type TierAccess } from "@oak/testkit";
import { expect, onTestFinished, type TestContext } from "vitest";
import { eventually } from "./eventually.ts";
import type { PublicApi } from "./public-api.ts";
import { type Copy, copiesOf } from "./running-copies.ts";
import { readRecords, type TierRecords } from "./tier-records.ts";

/** A root with a cluster and a worker, however many processes they are. */
export interface System {
  readonly bed: TestBed;
  readonly api: PublicApi;
  readonly tiers: { root: TierAccess; cluster: TierAccess };
  /** of each worker */
  readonly stateDirs: readonly string[];
  readonly clusterManagerUrl: string;
  /** What its workers have, in the order of the instances. */
  copies(): Promise<Copy[]>;
}

/** One whose workers use Docker. */
export function createSystem({ bed, api, tiers, ...rest }: Omit<System, "copies">): System {
  const { stateDirs, clusterManagerUrl } = rest;
  return { bed, api, tiers, stateDirs, clusterManagerUrl, copies: () => copiesOf(stateDirs) };
}

/** A test bed that ends with the test, and shows the logs when it fails. */
export async function aTestBed(): Promise<TestBed> {
  const bed = await createTestBed();
  onTestFinished(async ({ task }) => {
    // Hooks for failures come later, when the logs are gone.
    if (task.result?.state === "fail") showLogs(bed);
    await bed.close();
  });
  return bed;
}

/** For beds that several tests share, also at the same time. */
export function showLogsOnFailure(bed: TestBed, { onTestFailed }: TestContext): void {
  onTestFailed(() => showLogs(bed));
}

function showLogs(bed: TestBed): void {
  process.stderr.write(bed.logs(200));
}

/**
 * Both tiers and the worker have forgotten every service, and no container is there. Specs at the cluster
 * may be left: they are swept from time to time.
 */
export async function untilNothingIsLeft(system: System): Promise<void> {
  await eventually(async () => {
    expect(await leftovers(system)).toEqual({
      copies: [],
      root: { ...nothing, jobs: [] },
      cluster: nothing,
      files: [],
    });
  });
}

const nothing = { holds: [], instances: [], applications: 0 };

async function leftovers(system: System) {
  const [copies, atRoot, atCluster, files] = await Promise.all([
    system.copies(),
    readRecords(system.tiers.root),
    readRecords(system.tiers.cluster),
    recordsOnDisk(system),
  ]);
  const jobs = atRoot.jobs.map(({ job_name, deleted }) => `${job_name} deleted: ${deleted}`);
  return { copies, root: { ...summaryOf(atRoot), jobs }, cluster: summaryOf(atCluster), files };
}

/** The files in which workers remember instances, by name. */
export async function recordsOnDisk({ stateDirs }: Pick<System, "stateDirs">): Promise<string[]> {
  const lists = await Promise.all(stateDirs.map((folder) => readdir(join(folder, "instances"))));
  return lists.flat().toSorted();
}

function summaryOf({ candidates, instances, applications }: TierRecords) {
  return {
    holds: candidates.flatMap(({ holds }) => Object.keys(holds)),
    instances: instances.map(({ _id, phase }) => `${_id} ${phase}`),
    applications: applications.length,
  };
}
