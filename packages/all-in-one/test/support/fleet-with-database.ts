import { execFile } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  programPath,
  type Relay,
  type ServiceProcess,
  startRelay,
  type TestBed,
} from "@oak/testkit";
import { type FleetSystem, startFleetSystem } from "./fleet-system.ts";

const run = promisify(execFile);

/** A fleet whose services have one database of their own accord, as a process apart. */
export interface FleetWithDatabase extends FleetSystem {
  readonly database: ServiceProcess;
  /** All services reach the database through it. */
  readonly relay: Relay;
}

/** Each has a database of its own name. */
const owners = {
  root: ["root-resource-abstractor", "system-manager"],
  cluster: ["cluster-resource-abstractor", "cluster-manager"],
} as const;

export async function startFleetWithDatabase(
  bed: TestBed,
  dataDir = join(bed.folder, "database"),
): Promise<FleetWithDatabase> {
  const [port = 0] = await bed.leasePorts(1);
  const database = bed.addProcess({
    name: "database",
    entry: programPath("embedded-mongo"),
    args: ["--data-dir", dataDir, "--port", String(port)],
  });
  await database.start();
  const relay = await startRelay(port);
  bed.onClose(relay.close);
  const envOf = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          MONGO_URL: `mongodb://127.0.0.1:${relay.port}/?directConnection=true`,
          OAK_DATABASE_NAME: name.replaceAll("-", "_"),
        },
      ]),
    );
  const system = await startFleetSystem(bed, {
    workers: ["w1", "w2"],
    runtime: "fake",
    rootEnv: envOf(owners.root),
    clusterEnv: envOf(owners.cluster),
  });
  return { ...system, database, relay };
}

/** A file system of its own, which can be filled to the last byte. */
export interface SmallDisk {
  readonly folder: string;
  fill(): Promise<void>;
  clear(): Promise<void>;
}

/** Only a privileged user may mount one; undefined for others. */
export async function mountSmallDisk(
  bed: TestBed,
  megabytes: number,
): Promise<SmallDisk | undefined> {
  const folder = join(bed.folder, "small-disk");
  await mkdir(folder);
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  } catch {
    return undefined;
  }
  bed.onClose(() => run("umount", ["--lazy", folder]));
  const filler = join(folder, "filler");
  return {
    folder,
    fill: async () => {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, Buffer.alloc(bavail * bsize));
    },
    clear: () => rm(filler),
  };
}
