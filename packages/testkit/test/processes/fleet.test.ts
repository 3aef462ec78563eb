import { readFile } from "node:fs/promises";
import { createHttpClient } from "@oak/kit";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { type ClusterSite, createTestBed } from "../../src/index.ts";
import { addFleet } from "../../src/processes/fleet.ts";

interface Candidate {
  candidate_name: string;
}

async function workersKnownTo({ access }: ClusterSite): Promise<string[]> {
  const headers = { authorization: `Bearer ${access.tierSecret}` };
  const client = createHttpClient({ baseUrl: access.abstractorUrl, headers });
  try {
    const known = (await client.request({ path: "/api/v1/resources" })) as Candidate[];
    return known.map(({ candidate_name: name }) => name).toSorted();
  } finally {
    client.close();
  }
}

test("clusters and workers come and go on one machine, each with an identity of its own", {
  timeout: 60_000,
}, async () => {
  const bed = await createTestBed();
  onTestFinished(() => bed.close());
  onTestFailed(() => {
    process.stderr.write(bed.logs());
  });
  const worker = (name: string) => ({ name, runtime: "fake" as const });
  const fleet = await addFleet(bed, {
    clusters: [{ name: "north", workers: [worker("n1"), worker("n2")] }],
  });
  await fleet.start();
  const south = await fleet.addCluster({ name: "south", isDialable: false });
  await south.start();
  const late = await south.addWorker(worker("s1"));
  await late.process.start();

  const [north] = fleet.clusters;
  const known = () => Promise.all(fleet.clusters.map(workersKnownTo));
  await expect.poll(known, { timeout: 20_000 }).toEqual([["n1", "n2"], ["s1"]]);
  const workers = [...(north?.workers ?? []), late];
  const ids = await Promise.all(
    workers.map(({ stateDir }) => readFile(`${stateDir}/node-id`, "utf8")),
  );
  expect(new Set(ids).size).toBe(3);
  expect(new Set(bed.processes.map(({ name }) => name)).size).toBe(bed.processes.length);

  await south.removeWorker(late);
  expect(south.workers).toEqual([]);
  expect(late.process.pid).toBeUndefined();
});
