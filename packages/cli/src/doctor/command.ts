import { endpointOf } from "@oak/kit/address-reach";
import type { CommandContext, CommandInput, CommandIo } from "../command.ts";
import { UsageError } from "../errors.ts";
import { createProbes } from "../probes/probes.ts";
import type { Check } from "./check.ts";
import { readWorkerConfig } from "./checks/worker-config.ts";
import { type DoctorOptions, isHere, readOptions } from "./options.ts";
import type { Probes } from "./probes.ts";
import { countOf, type Diagnosis, renderJson, renderLines } from "./render.ts";
import { runChecks } from "./run-checks.ts";
import { clusterChecks, rootChecks, workerChecks } from "./targets.ts";

/** What `oak doctor` does, with the world as it is. */
export function doctorHere(input: CommandInput, { io, out }: CommandContext): Promise<number> {
  return runDoctor(input, { ...io, isTerminal: out.hasColours }, createProbes);
}

/** @param makeProbes told how long one probe may take, milliseconds */
export async function runDoctor(
  { args, options: given }: CommandInput,
  io: Pick<CommandIo, "out" | "env" | "isTerminal">,
  makeProbes: (limitMs: number) => Probes,
): Promise<number> {
  const [target = "", ...more] = args;
  if (more.length > 0) throw new UsageError(`${JSON.stringify(more[0])} is one word too many`);
  const options = readOptions(given, io.env);
  const probes = makeProbes(options.limitMs);
  const { address, checks } = await patientOf(target, options, probes);
  // Some probe twice: the answer of a service, then its reasons.
  const findings = await runChecks(checks, probes, options.limitMs * 3);
  const diagnosis: Diagnosis = { target, address, findings };
  io.out(options.asJson ? renderJson(diagnosis) : renderLines(diagnosis, io));
  return countOf(findings, "fault") > 0 ? 1 : 0;
}

interface Patient {
  address: string;
  checks: Check[];
}

async function patientOf(target: string, options: DoctorOptions, probes: Probes): Promise<Patient> {
  if (target === "worker") return worker(options, probes);
  const address = options.address ?? "127.0.0.1";
  const place = {
    address,
    isHere: options.withInside && (await isHere(address, probes)),
    dockerSocket: options.dockerSocket,
    withNetwork: options.withNetwork,
  };
  const { port, networkPort, brokerPort = 10_003, login, tierSecret } = options;
  if (target === "root") {
    const ports = { manager: port ?? 10_000, network: networkPort ?? 10_099 };
    return { address, checks: rootChecks({ ...place, ports, login }) };
  }
  if (target === "cluster") {
    const ports = { manager: port ?? 10_100, broker: brokerPort, network: networkPort ?? 10_110 };
    return { address, checks: clusterChecks({ ...place, ports, tierSecret, root: options.root }) };
  }
  const what =
    target === "" ? "Say what to look at" : `${JSON.stringify(target)} cannot be looked at`;
  throw new UsageError(`${what}: root, cluster or worker`);
}

async function worker(options: DoctorOptions, probes: Probes): Promise<Patient> {
  const { files, port, brokerPort = 10_003, dockerSocket, withNetwork, withInside } = options;
  const { variables, file } = await readWorkerConfig(probes, files);
  const told = (name: string): string | undefined => variables.get(name);
  const address = options.address ?? told("OAK_CLUSTER_ADDRESS");
  const ports = { manager: port ?? Number(told("OAK_CLUSTER_PORT") ?? 10_100), broker: brokerPort };
  const engineState = told("OAK_STATE_DIR") ?? "/var/lib/oakestra/node-engine";
  const networkState = told("OAK_NET_STATE_DIR") ?? "/var/lib/oakestra/net-manager";
  const health = told("HEALTH_PORT");
  const checks = workerChecks({
    address,
    ports,
    isHere: withInside,
    dockerSocket,
    withNetwork: withNetwork && told("OAK_NETWORK") !== "off",
    isNetworkNeeded: told("OAK_NETWORK") === "manual",
    files: {
      env: file ?? files.envFile,
      netcfg: told("OAK_NETCFG_FILE") ?? "/etc/netmanager/netcfg.json",
      engineState,
      networkState,
      networkSocket: told("OAK_NETWORK_SOCKET") ?? "/etc/netmanager/netmanager.sock",
      engineHealth:
        health === undefined
          ? `unix:${engineState}/health.sock`
          : `http://${endpointOf("127.0.0.1", Number(health))}`,
      networkHealth: `unix:${networkState}/health.sock`,
    },
  });
  return { address: address ?? "no cluster", checks };
}
