import { Status } from "@oak/contracts";
import type { SystemManagerOptions } from "../../src/service.ts";
import { anInstanceView } from "../fake-stores.ts";
import { type Harness, startHarness, type TestDatabase } from "../harness.ts";

/** A root as old clients meet it: with a cluster that reports fractions, and one of which nothing is known yet. */
export async function startScene(
  database: TestDatabase,
  options: Partial<SystemManagerOptions> = {},
): Promise<Harness> {
  const harness = await startHarness(database, options);
  const bare = {
    candidate_name: "bare",
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
    holds: {},
    liveness: "lost",
    schedulable: true,
    session: 0,
    last_modified_timestamp: 0,
    virtualization: null,
  } as const;
  harness.stores.candidates = [
    {
      ...bare,
      _id: "a".repeat(24),
      candidate_name: "one",
      candidate_location: "48.13,11.58,5000",
      liveness: "alive",
      ip: "192.0.2.7",
      port: "10100",
      active_nodes: 2,
      vcpus: 1.5,
      memory: 1024.5,
      vgpus: 0,
      vram: 0.5,
      cpu_percent: 12.5,
      memory_percent: 40.25,
      virtualization: ["docker", "unikernel"],
      csi_drivers: [{ csi_driver_name: "csi.example" }],
      supported_addons: ["FLOps"],
    },
    { ...bare, _id: "b".repeat(24) },
  ];
  return harness;
}

/** Lets instance `number` of a service be seen in a state, with everything that a cluster reports of it. */
export function report(harness: Harness, serviceId: string, number: number, status: Status): void {
  const points = [{ value: "1.5", timestamp: "2026-01-01T00:00:00.000Z" }];
  const known = harness.stores.instances.get(serviceId) ?? [];
  const seen = anInstanceView(number, {
    status,
    status_detail: "as reported",
    cluster_id: "a".repeat(24),
    cluster_location: "48.13,11.58,5000",
    worker_id: "c".repeat(24),
    host_ip: "192.0.2.7",
    host_port: 50_103,
    publicip: "192.0.2.7",
    cpu_percent: "1.5",
    memory_percent: "0.25",
    disk: "2097152",
    logs: "hello\n",
    cpu_history: points,
    memory_history: points,
  });
  const others = known.filter((one) => one.instance_number !== number);
  harness.stores.instances.set(serviceId, [...others, seen]);
}

export const allStatuses = Status.options;
