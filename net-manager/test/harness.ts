import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TableEntry, TableResult } from "@oak/contracts";
import { NetCfg } from "@oak/contracts";
import { createHttpClient, createMetrics, createSilentLogger, type HttpClient } from "@oak/kit";
import { vi } from "vitest";
import { createFakeDataPlane, type FakeDataPlane } from "../src/adapters/fake/fake-data-plane.ts";
import type { DataPlane } from "../src/ports.ts";
import { createNetManager, type NetManager, type NetManagerOptions } from "../src/service.ts";
import { startTestCluster, type TestCluster } from "./test-cluster.ts";

export const eventually = <T>(check: () => T | Promise<T>, timeout = 10_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 10 });

export interface Harness<Plane extends DataPlane = FakeDataPlane> {
  cluster: TestCluster;
  /** Of the process that runs. */
  plane: Plane;
  manager: NetManager;
  client: HttpClient;
  folder: string;
  /** Another process with what the last one left. Its kernel is the same. `meanwhile` is what happens without one. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  register(): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export function startHarness(options: Partial<NetManagerOptions> = {}): Promise<Harness> {
  // Processes from 1000 on are gone.
  const plane = createFakeDataPlane({
    namespaceOf: (pid) => (pid < 1_000 ? `4:${pid}` : undefined),
  });
  return startHarnessOn(() => plane, options);
}

/** @param openPlane for each new process */
export async function startHarnessOn<Plane extends DataPlane>(
  openPlane: () => Plane,
  options: Partial<NetManagerOptions> = {},
): Promise<Harness<Plane>> {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-net-"));
  const cluster = await startTestCluster();
  const socketPath = path.join(folder, "net.sock");
  const client = createHttpClient({ baseUrl: `unix:${socketPath}` });
  const create = (plane: Plane): NetManager =>
    createNetManager({
      plane,
      socketPath,
      stateFolder: path.join(folder, "state"),
      files: { net: NetCfg.parse({}), tunnel: { TunnelPort: 50_103 } },
      dns: { port: 0, resolvConf: path.join(folder, "resolv.conf"), addresses: ["127.0.0.1"] },
      logger: createSilentLogger(),
      metrics: createMetrics({ service: "net-manager" }),
      registerWaitMs: 5_000,
      ...options,
    });
  const first = openPlane();
  const harness: Harness<Plane> = {
    cluster,
    plane: first,
    manager: create(first),
    client,
    folder,
    restart: async (meanwhile) => {
      await harness.manager.stop();
      await meanwhile?.();
      harness.plane = openPlane();
      harness.manager = create(harness.plane);
      await harness.manager.start();
    },
    register: () => harness.post("/register", registrationOf(cluster)),
    post: (where, body) => client.request({ method: "POST", path: where, body }),
    stop: async () => {
      client.close();
      await harness.manager.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await harness.manager.start();
  return harness;
}

export function registrationOf({ worker, port }: TestCluster) {
  return {
    client_id: worker.id,
    cluster_address: "127.0.0.1",
    broker: { username: worker.id, password: worker.password, port, tls: false },
  };
}

export const web = "shop.prod.web.prod";

export function anAttach(overrides: object = {}) {
  return { pid: 1, serviceName: web, instanceNumber: 0, portMappings: "", ...overrides };
}

/** Instances by number: where each is attached, or null. */
export function aTable(
  instances: Record<number, string | null>,
  overrides: Partial<TableResult> = {},
): TableResult {
  const services = [
    { IpType: "RR" as const, Address: "10.30.0.1", Address_v6: "fdff:2000::1" },
    { IpType: "Closest" as const, Address: "10.30.0.2", Address_v6: "fdff:1000::1" },
  ];
  const entries = Object.entries(instances).map(([key, namespace]): TableEntry => {
    const number = Number(key);
    const own = { instance_ip: `10.30.1.${number}`, instance_ip_v6: `fdff::1:${number}` };
    return {
      instance_number: number,
      ...own,
      cluster_id: "a-cluster",
      namespace_ip: namespace,
      namespace_ip_v6: namespace && v6Of(namespace),
      host_ip: namespace && "127.0.0.1",
      host_port: namespace === null ? null : 50_103,
      serving: true,
      service_ip: [
        ...services,
        { IpType: "instance_ip", Address: own.instance_ip, Address_v6: own.instance_ip_v6 },
      ],
    };
  });
  return {
    app_name: web,
    query_key: "",
    service_ip_list: services,
    instance_list: entries,
    ...overrides,
  };
}

/** The subnet `fc00::<third><fourth / 64>00` goes with each IPv4 one. */
export function v6Of(namespace: string): string {
  const [, , third = 0, fourth = 0] = namespace.split(".").map(Number);
  const subnet = third * 4 + Math.floor(fourth / 64);
  return `fc00::${(subnet * 256 + (fourth % 64)).toString(16)}`;
}
