import { confVariables, parseConf } from "@oak/contracts/worker";
import { isForThisMachineOnly } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { fault, notChecked, ok, warn } from "../finding.ts";
import type { Probes } from "../probes.ts";
import { rowOf, textOf } from "./rows.ts";

/** What a worker was told, as far as it matters here. */
export interface WorkerConfig {
  /** Where it stands; undefined: nowhere. */
  file: string | undefined;
  variables: ReadonlyMap<string, string>;
}

/** Reads `worker.env`, and Oakestra's `conf.json` for what that one does not say. */
export async function readWorkerConfig(
  probes: Pick<Probes, "read">,
  { envFile, confFile }: { envFile: string; confFile: string },
): Promise<WorkerConfig> {
  const [env, conf] = await Promise.all([probes.read(envFile), probes.read(confFile)]);
  const variables = new Map([...fromConf(conf), ...variablesOf(env ?? "")]);
  const file = env === undefined ? undefined : envFile;
  return { file: file ?? (conf === undefined ? undefined : confFile), variables };
}

/** One that cannot be read is the node-engine's to complain of. */
function fromConf(text: string | undefined): [string, string][] {
  if (text === undefined) return [];
  try {
    return Object.entries(confVariables(parseConf(text)));
  } catch {
    return [];
  }
}

/** That the worker knows its cluster by an address that leads there. */
export function clusterAddressCheck(address: string | undefined, file: string): Check {
  const name = "cluster of this worker";
  return check(name, async () => {
    const remedy = `Set OAK_CLUSTER_ADDRESS in ${file} to the address of the cluster's machine, then systemctl restart nodeengine`;
    if (address === undefined || address === "" || address === "0.0.0.0") {
      return [fault(name, "no address is given", remedy)];
    }
    if (!isForThisMachineOnly(address)) return [ok(name, address)];
    return [warn(name, `${address}: right only if the cluster runs on this very machine`, remedy)];
  });
}

/** That other workers are told an address of this one which they can use. */
export function publicAddressCheck(netcfgFile: string): Check {
  const name = "address of this worker";
  return check(name, async (probes) => {
    const text = await probes.read(netcfgFile);
    if (text === undefined) return [ok(name, `found out by itself (no ${netcfgFile})`)];
    const netcfg = parsed(text);
    if (Object.keys(netcfg).length === 0) {
      return [
        fault(
          name,
          `${netcfgFile} is no JSON object`,
          `Mend it, or remove it: NetManager writes it anew`,
        ),
      ];
    }
    const address = textOf(netcfg["NodePublicAddress"]);
    if (address === "" || address === "0.0.0.0") return [ok(name, "found out by itself")];
    const remedy = `Set NodePublicAddress in ${netcfgFile} to an address that other workers reach, or to 0.0.0.0`;
    if (isForThisMachineOnly(address)) {
      return [
        fault(name, `NodePublicAddress is ${address}, which no other machine reaches`, remedy),
      ];
    }
    if (probes.ownAddresses().includes(address))
      return [ok(name, `${address}, an address of this machine`)];
    return [
      notChecked(
        name,
        `${address} is not on this machine itself; behind NAT that is as it should be`,
      ),
    ];
  });
}

/** `NAME=value` lines, as systemd reads them. */
export function variablesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match === null) continue;
    const [, key = "", value = ""] = match;
    found.set(key, value.trim().replace(/^(["'])(.*)\1$/, "$2"));
  }
  return found;
}

function parsed(text: string | undefined) {
  try {
    return rowOf(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
