import type { InstanceView } from "@oak/contracts";
import type { ServiceProcess, WorkerSite } from "@oak/testkit";
import { expect } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy, untilRunning } from "./deployment.ts";
import { holderOf } from "./dying-process.ts";
import { eventually } from "./eventually.ts";
import type { FleetSystem } from "./fleet-system.ts";
import { readRecords } from "./tier-records.ts";

/** A service with one instance that runs on one of the workers. */
export interface Movable {
  service: string;
  application: string;
  instance: string;
  /** Where it was in the beginning. */
  holder: WorkerSite;
  workerId: string;
  others: { id: string; process: ServiceProcess }[];
}

export async function deployMovable(system: FleetSystem, code: string): Promise<Movable> {
  const { service, application } = await deploy(system, anSla({ code }), 1);
  await untilRunning(system, service, 1);
  const instance = `${service}/0`;
  const { worker_id: workerId } = await system.api.instance(service, 0);
  const { candidates } = await readRecords(system.tiers.cluster);
  const others = candidates
    .filter(({ _id }) => _id !== workerId)
    .map(({ _id: id, candidate_name }) => ({ id, process: system.worker(candidate_name).process }));
  const holder = (await holderOf(system, instance))!;
  return { service, application, instance, holder, workerId, others };
}

/** Waits until the root shows it at another worker than before, or at this one. */
export async function untilMoved(
  { api }: FleetSystem,
  { service, workerId }: Movable,
  to = expect.not.stringContaining(workerId),
): Promise<InstanceView> {
  return eventually(async () => {
    const shown = await api.instance(service, 0);
    expect(shown).toMatchObject({ status: "RUNNING", worker_id: to });
    return shown;
  });
}

export async function untilSaid(
  { api }: FleetSystem,
  { service }: Movable,
  detail: RegExp,
): Promise<void> {
  await eventually(async () => {
    const { status, status_detail } = await api.instance(service, 0);
    expect({ status, status_detail }).toEqual({
      status: "RUNNING",
      status_detail: expect.stringMatching(detail),
    });
  });
}

/** A copy of it runs somewhere at this moment. */
export async function expectServed(system: FleetSystem, { instance }: Movable): Promise<void> {
  const copies = (await system.copies()).filter((copy) => copy.instance === instance);
  expect(copies).toContainEqual(expect.objectContaining({ isRunning: true }));
}
