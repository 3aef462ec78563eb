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
  /** of the worker */
  readonly stateDir: string;
  readonly clusterManagerUrl: string;
  /** Its containers, in the order of their instances. */
  copies(): Promise<Copy[]>;
}

export function createSystem({ bed, api, tiers, ...rest }: Omit<System, "copies">): System {
  const { stateDir, clusterManagerUrl } = rest;
  return { bed, api, tiers, stateDir, clusterManagerUrl, copies: () => copiesOf(stateDir) };
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
    readdir(join(system.stateDir, "instances")),
  ]);
  const jobs = atRoot.jobs.map(({ job_name, deleted }) => `${job_name} deleted: ${deleted}`);
  return { copies, root: { ...summaryOf(atRoot), jobs }, cluster: summaryOf(atCluster), files };
}

function summaryOf({ candidates, instances, applications }: TierRecords) {
  return {
    holds: candidates.flatMap(({ holds }) => Object.keys(holds)),
    instances: instances.map(({ _id, phase }) => `${_id} ${phase}`),
    applications: applications.length,
  };
}
