import { createHttpClient } from "@oak/kit";
import { networkSocketOf, type WorkerSite } from "@oak/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { type Deployment, deploy, untilRunning } from "../support/deployment.ts";
import { eventually } from "../support/eventually.ts";
import { endFakeNamespaces } from "../support/fake-namespaces.ts";
import { type FleetSystem, startFleetSystem } from "../support/fleet-system.ts";
import { shareOnBed } from "../support/shared-system.ts";
import { untilNothingIsLeft } from "../support/system.ts";
import { readRecords } from "../support/tier-records.ts";

/** A subnet has so many addresses, beside that of the bridge. */
const roomFor = 61;
/** Namespaces that a node-engine has connected in advance. */
const mostWaiting = 2;
const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("a worker has as many workloads as addresses", () => {
  const shared = shareOnBed((bed) => {
    bed.onClose(() => endFakeNamespaces(bed));
    return startFleetSystem(bed, {
      workers: ["full", "other"],
      runtime: "fake",
      network: { clusterAddress: "127.0.0.1", env: { OAK_NET_DATA_PLANE: "fake" } },
    });
  }, canMakeNamespaces);
  const deployed: Deployment[] = [];

  /** Placing packs: what wants memory goes to the worker that has least of it left. */
  const deployOn = async (nodes: string, count: number, memory = 64): Promise<string> => {
    const constraints = [{ type: "direct" as const, node: nodes, cluster: "" }];
    const sla = anSla({ code: "fake/ok", memory, constraints });
    const deployment = await deploy(shared.system, sla, count);
    deployed.push(deployment);
    return deployment.service;
  };

  afterEach(async () => {
    for (const { application } of deployed.splice(0)) {
      await shared.system.api.deleteApplication(application);
    }
    await untilNothingIsLeft(shared.system);
  });

  test("the next one goes to another worker, and waits where there is none", async () => {
    const { system } = shared;
    await untilCapacityIsKnown(system);
    const many = await deployOn("full", roomFor);
    await untilRunning(system, many, roomFor);

    const elsewhere = await deployOn("full;other", 1);
    const [instance] = await untilRunning(system, elsewhere, 1);
    expect(await nameOf(system, instance?.worker_id)).toBe("other");
    expect(await placementsOf(system, elsewhere)).toEqual([1]);

    const nowhere = await deployOn("full", 1);
    await eventually(async () => {
      const shown = await system.api.instance(nowhere, 0);
      expect(shown.status).toMatch(/^NO_WORKER_CAPACITY$|^NoActiveClusterWithCapacity$/);
      expect(shown.status_detail).toMatch(/free address/);
    });

    await system.api.deleteInstance(many, 7);
    await untilRunning(system, nowhere, 1);
  });

  test("what meets a full worker is placed elsewhere at once, and is no failure", async () => {
    const { system } = shared;
    await untilCapacityIsKnown(system);
    const first = await deployOn("full", 1, 1024);
    await untilRunning(system, first, 1);
    const takenByOthers = await fill(system.worker("full"));

    const service = await deployOn("full;other", mostWaiting + 1);
    const instances = await untilRunning(system, service, mostWaiting + 1);
    const names = await Promise.all(instances.map((one) => nameOf(system, one.worker_id)));
    expect(names).toContain("other");
    const tries = names.map((name) => (name === "other" ? 2 : 1));
    expect(await placementsOf(system, service)).toEqual(tries);

    const nowhere = await deployOn("full", 1);
    await eventually(async () => {
      expect(await system.api.instance(nowhere, 0)).toMatchObject({
        status: "NO_WORKER_CAPACITY",
        status_detail: expect.stringContaining("no address left"),
      });
    });
    await takenByOthers.giveBack();
    await untilRunning(system, nowhere, 1);
  });
});

/** Until then a worker may have any number of workloads. */
async function untilCapacityIsKnown({ tiers }: FleetSystem): Promise<void> {
  await eventually(async () => {
    const { candidates } = await readRecords(tiers.cluster);
    const told = candidates.map(({ allocatable }) => allocatable.addresses);
    expect(told).toEqual([roomFor, roomFor]);
  });
}

async function nameOf({ tiers }: FleetSystem, workerId = ""): Promise<string | undefined> {
  const { candidates } = await readRecords(tiers.cluster);
  return candidates.find(({ _id }) => _id === workerId)?.candidate_name;
}

/** How many workers were tried for each of its instances. */
async function placementsOf({ tiers }: FleetSystem, service: string): Promise<number[]> {
  const { instances } = await readRecords(tiers.cluster);
  return instances
    .filter(({ job_id }) => job_id === service)
    .sort((a, b) => a.instance_number - b.instance_number)
    .map(({ placement }) => placement);
}

/** Somebody besides the node-engine takes every address that is left. */
async function fill(worker: WorkerSite): Promise<{ giveBack(): Promise<void> }> {
  const client = createHttpClient({ baseUrl: `unix:${networkSocketOf(worker)}` });
  const post = (path: string, body: object) => client.request({ method: "POST", path, body });
  const taken: string[] = [];
  await expect(
    (async () => {
      for (let pid = 1; pid <= roomFor + 1; pid += 1) {
        const { slot } = (await post("/container/prepare", { pid })) as { slot: string };
        taken.push(slot);
      }
    })(),
  ).rejects.toMatchObject({ code: "subnet_full" });
  return {
    giveBack: async () => {
      for (const slot of taken) await post("/container/release", { slot });
      client.close();
    },
  };
}
