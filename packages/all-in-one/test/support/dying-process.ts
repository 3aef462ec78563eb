import { failAt, type ServiceProcess } from "@oak/testkit";
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
 * Starts the victim of a scenario again, armed. Which of several workers gets an instance is for the cluster to
 * decide: all of them are armed then, and nothing happens to the others.
 */
export async function arm(
  system: FleetSystem,
  scenario: Scenario,
  instance: string,
): Promise<Doomed> {
  const processes = await victimsOf(system, scenario, instance);
  const extras = failAt(scenario.point, { about: aboutOf(scenario, instance) });
  await Promise.all(processes.map((one) => one.kill()));
  await Promise.all(processes.map((one) => one.start(extras)));
  await untilAllReady(system);
  return {
    died: async () => {
      const first = await Promise.any(
        processes.map(async (one) => {
          const end = await one.ended();
          expect(end.signal, one.logTail()).toBe("SIGKILL");
          expect(one.logTail(1)).toContain(`killed at ${scenario.point}`);
          return one;
        }),
      );
      return first;
    },
    revive: async () => {
      await Promise.all(processes.map((one) => one.kill()));
      await Promise.all(processes.map((one) => one.start()));
    },
  };
}

/** Everybody has found everybody again: what comes next goes its usual way. */
async function untilAllReady({ fleet }: FleetSystem): Promise<void> {
  await Promise.all(fleet.processes().map((one) => one.waitUntilReady()));
}

async function victimsOf(
  system: FleetSystem,
  { at }: Scenario,
  instance: string,
): Promise<ServiceProcess[]> {
  if (at !== "worker") return [system.service(at)];
  const { workers } = system.cluster;
  const holders = await Promise.all(
    workers.map(async (worker) => {
      const copies = await system.copiesAt(worker);
      return copies.some((copy) => copy.instance === instance) ? [worker] : [];
    }),
  );
  const chosen = holders.flat().length > 0 ? holders.flat() : workers;
  return chosen.map(({ process }) => process);
}

function aboutOf({ about }: Scenario, instance: string): RegExp {
  if (about === undefined) return new RegExp(`^${instance}\\b`);
  if (about === "anything") return /^/;
  if (about === "the service") return new RegExp(`^${instance.split("/")[0]}`);
  return about.includes("/") ? new RegExp(`${about}$`) : new RegExp(`^${instance} ${about}$`);
}
