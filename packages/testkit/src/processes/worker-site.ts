import type { ServiceProcess } from "./service-process.ts";
import { addSite, leaseNamed, type SiteManners, urlOf } from "./site.ts";
import type { TestBed } from "./test-bed.ts";

/** What a worker is to be like. */
export interface WorkerWishes {
  /** The one that it shows; unique among the workers of its cluster. */
  name: string;
  /** `fake`: a worker that only pretends, with its workloads in its state folder. */
  runtime?: "docker" | "fake" | undefined;
  env?: Readonly<Record<string, string>> | undefined;
}

/**
 * One worker. An engine makes its id in its state folder and marks its containers with it, so that any number
 * of them share a machine and a Docker.
 */
export interface WorkerSite {
  readonly name: string;
  readonly process: ServiceProcess;
  readonly stateDir: string;
  readonly runtime: "docker" | "fake";
}

export interface WorkerSiteOptions extends SiteManners {
  /** Before the name of its process. */
  prefix: string;
  stateDir: string;
  /** Of its cluster. */
  managerPort: number;
  joinSecret: string;
}

/** Prepares a worker; starts nothing. */
export async function addWorkerSite(
  bed: TestBed,
  { name, runtime = "docker", env }: WorkerWishes,
  options: WorkerSiteOptions,
): Promise<WorkerSite> {
  const { prefix, stateDir, managerPort, joinSecret } = options;
  const { health } = await leaseNamed(bed, ["health"]);
  const site = addSite<"node-engine">(bed, {
    prefix: prefix === "" ? "" : `${prefix}${name}-`,
    manners: options,
    env: { "node-engine": env ?? {} },
    wires: {
      "node-engine": {
        program: "node-engine",
        env: {
          NODE_NAME: name,
          OAK_CLUSTER_ADDRESS: "127.0.0.1",
          OAK_CLUSTER_PORT: String(managerPort),
          OAK_WORKER_JOIN_SECRET: joinSecret,
          OAK_STATE_DIR: stateDir,
          OAK_RUNTIME: runtime,
          HEALTH_PORT: String(health),
        },
        healthUrl: urlOf(health),
      },
    },
  });
  return { name, process: site.services["node-engine"], stateDir, runtime };
}
