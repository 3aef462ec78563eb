import path from "node:path";
import type { Logger, Metrics } from "@oak/kit";
import { openConntrack, openNftables, openRtnetlink, openTun } from "@oak/netlink";
import { createDataPlane } from "./kernel/data-plane.ts";
import type { DataPlaneSettings } from "./kernel/data-plane-settings.ts";
import { createSysctlFile, procSysctls } from "./kernel/environment-sysctls.ts";
import { createRules } from "./kernel/rules.ts";
import { createDockerRules } from "./kernel/rules-docker.ts";
import { listRuleset } from "./kernel/rules-list.ts";
import { runProgram } from "./kernel/run-program.ts";
import { procNamespaces } from "./kernel/slots-namespaces.ts";
import type { DataPlane } from "./ports.ts";

export interface OpenDataPlaneOptions {
  /** Keeps what the settings of the host were before, and the key of encrypted tunnels. */
  stateFolder: string;
  settings?: Partial<DataPlaneSettings>;
  logger: Logger;
  metrics: Metrics;
}

const tableName = "oak";

/** The data plane of the network namespace in which this process runs. */
export function openDataPlane(options: OpenDataPlaneOptions): DataPlane {
  const { stateFolder, settings = {}, metrics } = options;
  const logger = options.logger.child({ component: "data-plane" });
  const rules = createRules({
    name: tableName,
    table: openNftables({ table: tableName }),
    guard: openNftables({ table: tableName, family: "bridge" }),
    conntrack: openConntrack(),
    list: listRuleset,
    docker: createDockerRules(),
    now: () => performance.now(),
    onError: (err) => logger.warn({ err }, "rules could not be kept, will try again"),
  });
  return createDataPlane({
    kernel: openRtnetlink(),
    openTun,
    sysctls: procSysctls,
    sysctlMemory: createSysctlFile(path.join(stateFolder, "sysctls.json")),
    namespaces: procNamespaces,
    rules,
    wireguard: {
      run: runProgram,
      keyFile: path.join(stateFolder, "wireguard.key"),
    },
    settings,
    logger,
    metrics,
  });
}
