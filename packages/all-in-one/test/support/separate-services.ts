import {
  addSeparateServices as addServices,
  type SeparateServicesOptions,
  type ServiceName,
  type ServiceProcess,
  type TestBed,
} from "@oak/testkit";
import { createPublicApi } from "./public-api.ts";
import { createSystem, type System } from "./system.ts";

/** Root, cluster and worker as eight processes, each made of environment variables alone. */
export interface SeparateServices extends System {
  /** All at once, in no order: nobody may insist on finding the others. */
  startAll(): Promise<void>;
  service(name: ServiceName): ServiceProcess;
  /** Where the databases of each tier lie. */
  readonly dataDirs: Readonly<Record<"root" | "cluster", string>>;
  /** Ends these without a warning and starts them again; resolves when they say that they are ready. */
  killAndRestart(...names: readonly ServiceName[]): Promise<void>;
}

type Wishes = Pick<SeparateServicesOptions, "env">;

export async function addSeparateServices(
  bed: TestBed,
  wishes: Wishes = {},
): Promise<SeparateServices> {
  const added = await addServices(bed, { withWorker: true, ...wishes });
  const { url, adminPassword, services } = added;
  const service = (name: ServiceName): ServiceProcess => services[name]!;
  const api = createPublicApi(url, { username: "Admin", password: adminPassword });
  return {
    ...createSystem({ ...added, stateDirs: [added.stateDir], bed, api }),
    dataDirs: added.dataDirs,
    startAll: added.start,
    service,
    killAndRestart: async (...names) => {
      await Promise.all(names.map((name) => service(name).kill()));
      for (const name of names) service(name).launch();
      await Promise.all(names.map((name) => service(name).waitUntilReady()));
    },
  };
}

/** Root, cluster and worker, started. */
export async function startSeparateServices(
  bed: TestBed,
  wishes: Wishes = {},
): Promise<SeparateServices> {
  const system = await addSeparateServices(bed, wishes);
  await system.startAll();
  return system;
}
