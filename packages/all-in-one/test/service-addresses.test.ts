import type { ServiceView } from "@oak/contracts";
import { parseAddress, workerAddresses } from "@oak/core";
import { addFleet, type ClusterSite, type Fleet } from "@oak/testkit";
import { expect, test, vi } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { addNetAgent, type NetAgent } from "./support/net-agent.ts";
import { SYSTEM_TEST_MS } from "./support/on-docker.ts";
import { createPublicApi } from "./support/public-api.ts";
import { aTestBed } from "./support/system.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS, hookTimeout: SYSTEM_TEST_MS });

const clusterNames = ["first", "second"] as const;

/** Two clusters with a worker each that only pretends, and somebody who speaks for the net-managers. */
async function startScene(rootEnv: NonNullable<Parameters<typeof addFleet>[1]>["rootEnv"] = {}) {
  const bed = await aTestBed();
  const workers = [{ name: "worker", runtime: "fake" as const }];
  const fleet = await addFleet(bed, {
    rootEnv,
    clusters: clusterNames.map((name) => ({ name, workers })),
  });
  await fleet.start();
  const { root } = fleet;
  const api = createPublicApi(root.url, { username: "Admin", password: root.adminPassword });
  await eventually(async () => {
    const active = (await api.clusters()).map(({ active_nodes }) => active_nodes);
    expect(active).toEqual([1, 1]);
  });
  const agents = new Map<string, NetAgent>();
  for (const cluster of fleet.clusters) {
    agents.set(cluster.name, await addNetAgent(bed, cluster));
  }
  /** Who hosts the first instance of a service, and who does not. */
  const sides = async ({ instance_list: [instance] }: ServiceView) => {
    const host = (await api.clusters()).find(({ _id }) => _id === instance!.cluster_id)!;
    const other = clusterNames.find((name) => name !== host.cluster_name)!;
    return { here: agents.get(host.cluster_name)!, there: agents.get(other)! };
  };
  return { bed, fleet, api, sides };
}

const wishing = (addresses: { rr_ip: string }) => anSla({ code: "fake/ok", addresses });

type Subnet = Awaited<ReturnType<NetAgent["subnet"]>>;
const nsipOf = ({ address }: Subnet, number: number): string =>
  workerAddresses(parseAddress(address)!).workload(number);

const attached = (service: ServiceView, number: number, subnet: Subnet) => ({
  appname: service.job_name,
  status: "DEPLOYED",
  instance_number: number,
  nsip: nsipOf(subnet, number),
  nsipv6: workerAddresses(parseAddress(subnet.addressv6)!).workload(number),
  host_ip: "192.0.2.7",
  host_port: 50_103,
});

test("users see the addresses that they chose and were given; one that is taken is refused and leaves nothing", async () => {
  const { api } = await startScene();
  const chosen = { rr_ip: "10.30.30.30" };
  const { id, services } = await api.createApplication(wishing(chosen));
  expect(await api.addInstance(services[0]!)).toBe(0);
  const service = await api.service(services[0]!);
  expect(service).toMatchObject({
    RR_ip: "10.30.30.30",
    RR_ip_v6: expect.stringMatching(/^fdff:2000::/),
    addresses: {
      rr_ip: "10.30.30.30",
      closest_ip: expect.stringMatching(/^10\.30\./),
      closest_ip_v6: expect.stringMatching(/^fdff:1000::/),
    },
    instance_list: [
      {
        instance_number: 0,
        instance_ip: expect.stringMatching(/^10\.30\./),
        instance_ip_v6: expect.stringMatching(/^fdff::/),
      },
    ],
  });

  await expect(api.createApplication(wishing(chosen))).rejects.toMatchObject({
    status: 409,
    code: "address_taken",
    message: expect.stringContaining("10.30.30.30"),
  });
  expect(await api.applications()).toHaveLength(1);
  expect(await api.services()).toHaveLength(1);

  await api.deleteApplication(id);
  const again = await api.createApplication(wishing(chosen));
  expect(await api.service(again.services[0]!)).toMatchObject({ RR_ip: "10.30.30.30" });
});

test("what a worker has attached is known to the workers of another cluster at once, and stays known without the root", async () => {
  const { api, fleet, sides } = await startScene();
  const count = 5;
  const { services } = await api.createApplication(wishing({ rr_ip: "10.30.30.31" }));
  for (let made = 0; made < count; made += 1) await api.addInstance(services[0]!);
  await untilRunning({ api }, services[0]!, count);
  const service = await api.service(services[0]!);
  const { job_name: name } = service;
  const { here, there } = await sides(service);

  const byName = await there.query({ name });
  expect(byName).toMatchObject({
    app_name: name,
    access: { owner: "Admin", accept_from: [] },
    service_ip_list: [{ IpType: "RR", Address: "10.30.30.31" }, { IpType: "Closest" }],
  });
  expect(byName.instance_list).toHaveLength(count);
  const [own] = service.instance_list;
  const byAddress = await there.query({ ip: String(own!.instance_ip) });
  expect({ ...byAddress, query_key: name }).toEqual(byName);

  const local = service.instance_list.filter((one) => one.cluster_id === own!.cluster_id);
  const subnet = await here.subnet();
  const tookMs: number[] = [];
  for (const { instance_number: number } of local) {
    const startMs = performance.now();
    const told = there.nextUpdate(name);
    here.deployed(attached(service, number, subnet));
    await told;
    tookMs.push(performance.now() - startMs);
    const { instance_list: instances } = await there.query({ name });
    expect(instances.find((one) => one.instance_number === number)).toMatchObject({
      namespace_ip: nsipOf(subnet, number),
      host_ip: "192.0.2.7",
      host_port: 50_103,
      serving: true,
    });
  }
  // Told, and not found by asking again in time; 50 ms is the aim of the benchmark, on a machine of its own.
  expect(Math.min(...tookMs)).toBeLessThan(500);

  await stopRoot(fleet);
  for (const agent of [here, there]) {
    const { instance_list: instances } = await agent.query({ name });
    expect(instances.filter(({ serving }) => serving)).toHaveLength(local.length);
  }
});

test("a worker's subnet is its own across restarts, and another's after it was taken out", async () => {
  const { bed, fleet } = await startScene({
    "root-network-manager": { OAK_ADDRESS_QUARANTINE_S: "0" },
  });
  const [first, second] = fleet.clusters as [ClusterSite, ClusterSite];
  const agent = await addNetAgent(bed, first);
  const leased = await agent.subnet();
  await first.services["cluster-network-manager"].kill();
  await first.services["cluster-network-manager"].start();
  const again = await addNetAgent(bed, first);
  expect(await eventually(() => again.subnet())).toEqual(leased);

  await first.workers[0]!.process.kill();
  await asTier(first, "DELETE", `/api/v1/workers/${agent.workerId}`);
  const { token } = await asTier<{ token: string }>(second, "GET", "/api/v1/root");
  let asked = 0;
  await eventually(async () => {
    // Another worker each time: who has a subnet keeps it.
    asked += 1;
    const { root } = fleet;
    const heir = await fetch(`${root.networkManagerUrl}/api/net/subnet?worker_id=heir${asked}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await heir.json()).toMatchObject({ subnet_addr: leased.address });
  });
});

async function asTier<T>(cluster: ClusterSite, method: string, path: string): Promise<T> {
  const answer = await fetch(`${cluster.managerUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${cluster.access.tierSecret}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

async function stopRoot({ root }: Fleet): Promise<void> {
  await Promise.all(Object.values(root.services).map((one) => one.kill()));
}
