import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Logger, Metrics } from "@oak/kit";
import { openConntrack, openNftables, openRtnetlink, openTun } from "@oak/netlink";
import type { DataPlane } from "../ports.ts";
import { createDataPlane } from "./data-plane.ts";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { createSysctlFile, procSysctls } from "./environment-sysctls.ts";
import { createRules } from "./rules.ts";
import { createDockerRules } from "./rules-docker.ts";
import { procNamespaces } from "./slots-namespaces.ts";

const execute = promisify(execFile);

/** Name of the tables; whoever looks at a host knows them by it. */
const tableName = "oak";
const families = ["inet", "bridge"] as const;
/** The rules alone take a few kilobytes, with chains for many numbers of targets some more. */
const longestListing = 16 * 1024 ** 2;

export interface OpenDataPlaneOptions {
  settings?: Partial<DataPlaneSettings>;
  /** Where it is kept what the host's settings were before. */
  sysctlFile: string;
  logger: Logger;
  metrics: Metrics;
}

/**
 * The data plane of the network namespace in which this process runs. What it opens is closed by `stop` and `uninstall`.
 * @throws KernelError without the right to change the network
 */
export function openDataPlane(options: OpenDataPlaneOptions): DataPlane {
  const { logger, metrics, sysctlFile, settings = {} } = options;
  const kernel = openRtnetlink();
  const table = openNftables({ table: tableName });
  const guard = openNftables({ table: tableName, family: "bridge" });
  const conntrack = openConntrack();
  const plane = createDataPlane({
    kernel,
    rules: createRules({
      name: tableName,
      table,
      guard,
      conntrack,
      list: listRules,
      docker: createDockerRules(),
      now: () => performance.now(),
      onError: (err) => logger.warn({ err }, "rules could not be put right, trying again"),
    }),
    openTun,
    sysctls: procSysctls,
    sysctlMemory: createSysctlFile(sysctlFile),
    namespaces: procNamespaces,
    settings,
    logger,
    metrics,
  });
  const close = (): void => {
    for (const one of [kernel, table, guard, conntrack]) one.close();
  };
  return {
    ...plane,
    stop: () => plane.stop().finally(close),
    uninstall: () => plane.uninstall().finally(close),
  };
}

/** Without elements and counters. */
async function listRules(): Promise<string> {
  const listings = families.map(async (family) => {
    const flags = ["--stateless", "--terse", "list", "table", family, tableName];
    const { stdout } = await execute("nft", flags, { maxBuffer: longestListing });
    return stdout;
  });
  return (await Promise.all(listings)).join("");
}
