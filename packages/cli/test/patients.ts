import { join } from "node:path";
import {
  addFleet,
  type ClusterSite,
  programPath,
  type RootSite,
  type ServiceProcess,
  type TestBed,
  type WorkerSite,
} from "@oak/testkit";

/** A root with a database of its own, a cluster and a worker that only pretends, all as processes. */
export interface Patients {
  root: RootSite;
  cluster: ClusterSite;
  worker: WorkerSite;
  /** Of the system-manager. */
  database: ServiceProcess;
  /** Where to look, as options of the doctor. */
  at: { root: string[]; cluster: string[] };
  login: Record<string, string>;
}

export async function startPatients(bed: TestBed): Promise<Patients> {
  const [port = 0] = await bed.leasePorts(1);
  const database = bed.addProcess({
    name: "database",
    entry: programPath("embedded-mongo"),
    args: ["--data-dir", join(bed.folder, "database"), "--port", String(port)],
  });
  await database.start();
  const fleet = await addFleet(bed, {
    logLevel: "warn",
    rootEnv: {
      "system-manager": {
        MONGO_URL: `mongodb://127.0.0.1:${port}/?directConnection=true`,
        OAK_DATABASE_NAME: "system_manager",
      },
    },
    clusters: [
      {
        name: "garage",
        env: { "cluster-manager": { WORKER_TIMEOUT_S: "2" } },
        workers: [{ name: "bench", runtime: "fake" }],
      },
    ],
  });
  await fleet.start();
  const { root } = fleet;
  const [cluster] = fleet.clusters;
  const [worker] = cluster?.workers ?? [];
  if (cluster === undefined || worker === undefined) throw new Error("The fleet is not whole");
  return {
    ...{ root, cluster, worker, database },
    at: {
      root: ["--port", String(root.port), "--network-port", String(root.networkManagerPort)],
      cluster: [
        ...[
          "--port",
          portOf(cluster.managerUrl),
          "--network-port",
          portOf(cluster.networkManagerUrl),
        ],
        ...["--broker-port", String(cluster.brokerPort)],
      ],
    },
    login: { OAK_USER: "Admin", OAK_PASSWORD: root.adminPassword },
  };
}

export function portOf(url: string): string {
  return new URL(url).port;
}
