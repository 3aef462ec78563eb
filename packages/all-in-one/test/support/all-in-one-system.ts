import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PORTS } from "@oak/all-in-one";
import { type AllInOneProcess, addAllInOne, type TestBed, type TierAccess } from "@oak/testkit";
import { createPublicApi } from "./public-api.ts";
import { createSystem, type System } from "./system.ts";

/** The whole system as one process, which is not started yet. */
export interface AllInOneSystem extends System {
  readonly program: AllInOneProcess;
}

export interface AllInOneWishes {
  /** Of its log, when there are several. */
  name?: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export async function addAllInOneSystem(
  bed: TestBed,
  wishes: AllInOneWishes = {},
): Promise<AllInOneSystem> {
  const ports = { ...DEFAULT_PORTS };
  const program = await addAllInOne(bed, { ports, ...wishes });
  const { dataDir, portOffset, url } = program;
  const urlOf = (port: number): string => `http://127.0.0.1:${port + portOffset}`;
  const access = (tier: "root" | "cluster"): TierAccess => ({
    abstractorUrl: urlOf(ports[`${tier}Abstractor`]),
    schedulerUrl: urlOf(ports[`${tier}Scheduler`]),
    get tierSecret() {
      return readSecrets(dataDir)[`${tier}Tier`];
    },
  });
  const system = createSystem({
    bed,
    api: createPublicApi(url),
    tiers: { root: access("root"), cluster: access("cluster") },
    stateDirs: [join(dataDir, "node-engine")],
    clusterManagerUrl: urlOf(ports.clusterManager),
  });
  return { ...system, program };
}

/** One with a worker, started. */
export async function startAllInOneSystem(bed: TestBed): Promise<AllInOneSystem> {
  const system = await addAllInOneSystem(bed);
  await system.program.process.start();
  return system;
}

/** Where a client of the cluster, or a curious test, finds the parts of an all-in-one. */
export function portsOf({ program }: AllInOneSystem): typeof DEFAULT_PORTS {
  const shifted = Object.entries(DEFAULT_PORTS).map(([name, port]) => [
    name,
    port + program.portOffset,
  ]);
  return Object.fromEntries(shifted) as typeof DEFAULT_PORTS;
}

function readSecrets(dataDir: string): Record<"rootTier" | "clusterTier", string> {
  return JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8")) as Record<
    "rootTier" | "clusterTier",
    string
  >;
}
