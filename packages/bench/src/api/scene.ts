import { addFleet, SERVICE_NODE_FLAGS, type ServiceProcess, type TestBed } from "@oak/testkit";
import { createPublicApi, type PublicApi } from "../deploy/public-api.ts";
import { anSla } from "../scale/sla.ts";
import { type BareServer, startBareServer } from "./bare-process.ts";
import { watchedLoop } from "./loop-delay.ts";

/** A root as four processes with many services, beside a bare server. */
export interface Scene {
  origin: string;
  /** whose event loop is watched */
  manager: ServiceProcess;
  bare: BareServer;
  api: PublicApi;
  /** of the administrator who owns everything; fresh at each call */
  headers(): Promise<Record<string, string>>;
  applications: { id: string; serviceIds: string[] }[];
}

export interface SceneOptions {
  services: number;
  /** Each service leaves a CPU profile here when the bed is closed. */
  profileFolder?: string | undefined;
  signal: AbortSignal;
}

/** What one SLA may have. */
const servicesPerApplication = 100;

export async function startScene(bed: TestBed, options: SceneOptions): Promise<Scene> {
  const { services, profileFolder, signal } = options;
  const profiled =
    profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  const nodeFlags = [...SERVICE_NODE_FLAGS, ...watchedLoop, ...profiled];
  const fleet = await addFleet(bed, { logLevel: "warn", nodeFlags });
  await fleet.start();
  const { root } = fleet;
  const account = { username: "Admin", password: root.adminPassword };
  const api = createPublicApi(root.url, account);
  bed.onClose(async () => api.close());
  await api.logIn();
  const applications: Scene["applications"] = [];
  for (let made = 0; made < services; made += servicesPerApplication) {
    signal.throwIfAborted();
    const count = Math.min(servicesPerApplication, services - made);
    const sla = anSla(`app${applications.length}`, count);
    const { id, serviceIds } = await api.createApplication(sla);
    applications.push({ id, serviceIds });
  }
  return {
    origin: root.url,
    manager: root.services["system-manager"],
    bare: await startBareServer(bed),
    api,
    headers: async () => {
      await api.logIn();
      return api.headers();
    },
    applications,
  };
}
