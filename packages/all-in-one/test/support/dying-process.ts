import { failAt, type ServiceProcess, type WorkerSite } from "@oak/testkit";
import { expect } from "vitest";
import type { Scenario } from "./fail-point-scenarios.ts";
import type { FleetSystem } from "./fleet-system.ts";

/** Processes that are to die at a point, and of which one will. */
export interface Doomed {
  /** Waits until one of them died there; answers which. */
  died(): Promise<ServiceProcess>;
  /** Starts it again, and those that were spared too: nobody is armed any more. */
  revive(): Promise<void>;
}

/**
 * Starts the victim of a scenario again, armed, and waits until everybody is ready. Which of several workers gets
 * an instance is for the cluster to decide: all of them are armed then, and nothing happens to the others.
 */
export async function arm(
  system: FleetSystem,
  scenario: Scenario,
  instance: string,
): Promise<Doomed> {
  const processes = await victimsOf(system, scenario, instance);
  await Promise.all(processes.map((one) => one.kill()));
  const doomed = launchArmed(processes, scenario, instance);
  await untilAllReady(system);
  return doomed;
}

/** For processes that do not run; they may die before they are ready. */
export function launchArmed(
  processes: readonly ServiceProcess[],
  scenario: Scenario,
  instance: string,
): Doomed {
  const extras = failAt(scenario.point, { about: aboutOf(scenario, instance) });
  for (const one of processes) one.launch(extras);
  return {
    died: () =>
      Promise.any(
        processes.map(async (one) => {
          const end = await one.ended();
          expect(end.signal, one.logTail()).toBe("SIGKILL");
          expect(one.logTail(1)).toContain(`killed at ${scenario.point}`);
          return one;
        }),
      ),
    revive: async () => {
      await Promise.all(processes.map((one) => one.kill()));
      await Promise.all(processes.map((one) => one.start()));
    },
  };
}

/** Everybody who runs has found everybody again: what comes next goes its usual way. */
export async function untilAllReady({ fleet }: FleetSystem): Promise<void> {
  const running = fleet.processes().filter(({ pid }) => pid !== undefined);
  await Promise.all(running.map((one) => one.waitUntilReady()));
}

async function victimsOf(
  system: FleetSystem,
  { at }: Scenario,
  instance: string,
): Promise<ServiceProcess[]> {
  if (at !== "worker") return [system.service(at)];
  const holder = await holderOf(system, instance);
  const chosen = holder === undefined ? system.cluster.workers : [holder];
  return chosen.map(({ process }) => process);
}

/** The worker that has a copy of this instance, running or not. */
export async function holderOf(
  system: FleetSystem,
  instance: string,
): Promise<WorkerSite | undefined> {
  for (const worker of system.cluster.workers) {
    const copies = await system.copiesAt(worker);
    if (copies.some((copy) => copy.instance === instance)) return worker;
  }
  return undefined;
}

function aboutOf({ about }: Scenario, instance: string): RegExp {
  if (about === undefined) return new RegExp(`^${instance}\\b`);
  if (about === "anything") return /^/;
  if (about === "the service") return new RegExp(`^${instance.split("/")[0]}`);
  return about.includes("/") ? new RegExp(`${about}$`) : new RegExp(`^${instance} ${about}$`);
}
