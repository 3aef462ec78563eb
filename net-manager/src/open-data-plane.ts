import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Logger, Metrics } from "@oak/kit";
import { openConntrack, openNftables, openRtnetlink, openTun } from "@oak/netlink";
import { createDataPlane } from "./kernel/data-plane.ts";
import { createSysctlFile, procSysctls } from "./kernel/environment-sysctls.ts";
import { createRules } from "./kernel/rules.ts";
import { createDockerRules } from "./kernel/rules-docker.ts";
import { procNamespaces } from "./kernel/slots-namespaces.ts";
import type { DataPlane } from "./ports.ts";

export interface OpenDataPlaneOptions {
  /** Keeps what the settings of the host were before. */
  stateFolder: string;
  /** 0: worked out from the underlay. */
  mtu: number;
  logger: Logger;
  metrics: Metrics;
}

const tableName = "oak";
const run = promisify(execFile);
const largestListing = 64 * 1024 * 1024;

/** The data plane of the network namespace in which this process runs. */
export function openDataPlane(options: OpenDataPlaneOptions): DataPlane {
  const { stateFolder, mtu, metrics } = options;
  const logger = options.logger.child({ component: "data-plane" });
  const rules = createRules({
    name: tableName,
    table: openNftables({ table: tableName }),
    guard: openNftables({ table: tableName, family: "bridge" }),
    conntrack: openConntrack(),
    list: async () => `${await listTable("inet")}${await listTable("bridge")}`,
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
    settings: { mtu },
    logger,
    metrics,
  });
}

async function listTable(family: "inet" | "bridge"): Promise<string> {
  const { stdout } = await run("nft", ["-s", "-t", "list", "table", family, tableName], {
    maxBuffer: largestListing,
  });
  return stdout;
}
