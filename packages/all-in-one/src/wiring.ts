import type { Logger, ReadinessChecks, Secret } from "@oak/kit";
import type { HookOptions } from "@oak/resource-abstractor";
import type { SystemManagerOptions } from "@oak/system-manager";
import type { Ports } from "./ports.ts";
import type { Secrets } from "./secrets-file.ts";

/** What every part of one machine is made of. */
export interface Wiring {
  host: string;
  ports: Ports;
  secrets: Secrets;
  dataDir: string;
  databaseUrl: string;
  adminPassword: Secret | undefined;
  doubleEncoded: boolean;
  /** which addresses the hooks of both tiers may reach */
  hooks: HookOptions;
  /** times of updates, in seconds; absent: those of the system-manager */
  rollouts: { readyS: number; deadlineS: number } | undefined;
  /** passwords and mails */
  accounts: Pick<SystemManagerOptions, "mail" | "minPasswordLength">;
  clusterName: string;
  clusterLocation: string | undefined;
  nodeName: string | undefined;
  /** what the worker runs workloads with; `fake` only pretends */
  runtime: "docker" | "fake";
  /** what must hold before the whole counts as ready */
  readiness: ReadinessChecks;
  logger: Logger;
}
