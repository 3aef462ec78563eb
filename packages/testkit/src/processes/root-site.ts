import { randomBytes } from "node:crypto";
import { addSite, leaseNamed, type Site, type SiteEnv, type SiteManners, urlOf } from "./site.ts";
import type { TestBed } from "./test-bed.ts";

export type RootServiceName =
  | "root-resource-abstractor"
  | "root-scheduler"
  | "root-network-manager"
  | "system-manager";

/** The resource abstractor and the scheduler of a tier, as the tier's own services reach them. */
export interface TierAccess {
  readonly abstractorUrl: string;
  readonly schedulerUrl: string;
  readonly tierSecret: string;
}

/** The services of a root. */
export interface RootSite extends Site<RootServiceName> {
  /** base URL of the public API */
  readonly url: string;
  readonly port: number;
  readonly networkManagerUrl: string;
  readonly networkManagerPort: number;
  /** Of the account Admin. */
  readonly adminPassword: string;
  readonly clusterJoinSecret: string;
  readonly access: TierAccess;
  /** Where its databases lie. */
  readonly dataDir: string;
}

export interface RootSiteOptions extends SiteManners {
  dataDir: string;
  env?: SiteEnv<RootServiceName> | undefined;
}

/** Prepares a root on leased ports; starts nothing. */
export async function addRootSite(bed: TestBed, options: RootSiteOptions): Promise<RootSite> {
  const { dataDir } = options;
  const ports = await leaseNamed(bed, ["manager", "abstractor", "scheduler", "network"]);
  const secrets = { tier: newSecret(), clusterJoin: newSecret(), admin: newSecret() };
  const common = {
    OAK_TIER_SECRET: secrets.tier,
    RESOURCE_ABSTRACTOR_PORT: String(ports.abstractor),
  };
  const site = addSite<RootServiceName>(bed, {
    prefix: "",
    manners: options,
    env: options.env,
    wires: {
      "root-resource-abstractor": {
        program: "resource-abstractor",
        env: { ...common, OAK_DATA_DIR: dataDir },
        healthUrl: urlOf(ports.abstractor),
      },
      "root-scheduler": {
        program: "scheduler",
        env: {
          ...common,
          ORCHESTRATION_PLANE: "root",
          API_PORT: String(ports.scheduler),
          MANAGER_PORT: String(ports.manager),
        },
        healthUrl: urlOf(ports.scheduler),
      },
      "root-network-manager": {
        program: "root-network-manager",
        env: {
          ...common,
          OAK_DATA_DIR: dataDir,
          MY_PORT: String(ports.network),
          SYSTEM_MANAGER_PORT: String(ports.manager),
        },
        healthUrl: urlOf(ports.network),
      },
      "system-manager": {
        program: "system-manager",
        env: {
          ...common,
          OAK_DATA_DIR: dataDir,
          MY_PORT: String(ports.manager),
          ROOT_SCHEDULER_PORT: String(ports.scheduler),
          NET_PLUGIN_URL: "127.0.0.1",
          NET_PLUGIN_PORT: String(ports.network),
          OAK_CLUSTER_JOIN_SECRET: secrets.clusterJoin,
          ADMIN_PASSWORD: secrets.admin,
        },
        healthUrl: urlOf(ports.manager),
      },
    },
  });
  return {
    ...site,
    url: urlOf(ports.manager),
    port: ports.manager,
    networkManagerUrl: urlOf(ports.network),
    networkManagerPort: ports.network,
    adminPassword: secrets.admin,
    clusterJoinSecret: secrets.clusterJoin,
    access: {
      abstractorUrl: urlOf(ports.abstractor),
      schedulerUrl: urlOf(ports.scheduler),
      tierSecret: secrets.tier,
    },
    dataDir,
  };
}

/** Long enough for every service; valid at one system under test only. */
export function newSecret(): string {
  return randomBytes(16).toString("hex");
}
