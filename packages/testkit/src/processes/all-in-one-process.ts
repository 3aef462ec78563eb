import { join } from "node:path";
import { programPath } from "./program-paths.ts";
import type { ServiceProcess, ServiceProcessOptions } from "./service-process.ts";
import type { TestBed } from "./test-bed.ts";

export interface AllInOneProcessOptions {
  /** The default port of each of its parts: `DEFAULT_PORTS` of all-in-one, which testkit does not see. */
  ports: Readonly<Record<string, number>> & { systemManager: number };
  /** Stands in the log file's name. */
  name?: string;
  /** Further flags, for example `--no-worker`. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  nodeFlags?: ServiceProcessOptions["nodeFlags"];
}

/** Root, cluster and worker as one process; start it with `process.start()`. */
export interface AllInOneProcess {
  readonly process: ServiceProcess;
  /** base URL of the public API */
  readonly url: string;
  /** What was added to every port. */
  readonly portOffset: number;
  readonly dataDir: string;
}

/** Prepares an all-in-one on leased ports, with its data in the bed's folder. */
export async function addAllInOne(
  bed: TestBed,
  options: AllInOneProcessOptions,
): Promise<AllInOneProcess> {
  const { ports, name = "all-in-one", args = [], env, nodeFlags } = options;
  const portOffset = await bed.leaseOffset(Object.values(ports));
  const dataDir = join(bed.folder, `${name}-data`);
  const url = `http://127.0.0.1:${ports.systemManager + portOffset}`;
  const process = bed.addProcess({
    name,
    entry: programPath("all-in-one"),
    args: ["--data-dir", dataDir, "--port-offset", String(portOffset), ...args],
    healthUrl: url,
    ...(env !== undefined && { env }),
    ...(nodeFlags !== undefined && { nodeFlags }),
  });
  return { process, url, portOffset, dataDir };
}
