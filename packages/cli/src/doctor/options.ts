import { isForThisMachineOnly, reachOf } from "@oak/kit/address-reach";
import type { CommandIo, OptionValues } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { Login } from "./checks/root-api.ts";
import type { Probes } from "./probes.ts";

/** What was asked for. Ports that are absent are the usual ones of what is looked at. */
export interface DoctorOptions {
  address: string | undefined;
  port: number | undefined;
  networkPort: number | undefined;
  brokerPort: number | undefined;
  root: { address: string; ports: { manager: number; network: number } } | undefined;
  withNetwork: boolean;
  withInside: boolean;
  dockerSocket: string;
  files: { envFile: string; confFile: string };
  /** For one probe, milliseconds. */
  limitMs: number;
  asJson: boolean;
  login: Login;
  tierSecret: string | undefined;
}

/** @throws UsageError */
export function readOptions(values: OptionValues, env: CommandIo["env"]): DoctorOptions {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const output = text("output") ?? "lines";
  if (output !== "lines" && output !== "json") {
    throw new UsageError(`--output is lines or json, not ${JSON.stringify(output)}`);
  }
  const port = (name: string): number | undefined => portOf(name, text(name));
  const rootAddress = hostOf("root", text("root"));
  const rootPorts = {
    manager: port("root-port") ?? 10_000,
    network: port("root-network-port") ?? 10_099,
  };
  return {
    address: hostOf("address", text("address")),
    port: port("port"),
    networkPort: port("network-port"),
    brokerPort: port("broker-port"),
    root: rootAddress === undefined ? undefined : { address: rootAddress, ports: rootPorts },
    withNetwork: values["no-network"] !== true,
    withInside: values["outside"] !== true,
    dockerSocket: text("docker") ?? socketOf(env["DOCKER_HOST"]),
    files: {
      envFile: text("config") ?? "/etc/oakestra/worker.env",
      confFile: "/etc/oakestra/conf.json",
    },
    limitMs: secondsOf(text("timeout") ?? "3") * 1_000,
    asJson: output === "json",
    login: {
      token: given(env["OAK_TOKEN"]),
      user: given(env["OAK_USER"]),
      password: given(env["OAK_PASSWORD"]),
    },
    tierSecret: given(env["OAK_TIER_SECRET"]),
  };
}

/** Whether an address leads to this machine. */
export async function isHere(
  address: string,
  probes: Pick<Probes, "resolve" | "ownAddresses">,
): Promise<boolean> {
  if (isForThisMachineOnly(address)) return true;
  const addresses = reachOf(address) === "name" ? await probes.resolve(address) : [address];
  const own = probes.ownAddresses();
  return addresses.some((one) => isForThisMachineOnly(one) || own.includes(one));
}

function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function socketOf(dockerHost: string | undefined): string {
  const [, path] = /^unix:\/\/(.+)$/.exec(dockerHost ?? "") ?? [];
  return path ?? "/var/run/docker.sock";
}

function portOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 65_535) return value;
  throw new UsageError(`--${name} is a port from 1 to 65535, not ${JSON.stringify(text)}`);
}

/** A name or an address alone: who gives a URL means something that is not done. */
function hostOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (/^[\w.-]+$/.test(bare) || reachOf(bare) !== "name") return bare;
  throw new UsageError(
    `--${name} is a name or an address without port, not ${JSON.stringify(text)}`,
  );
}

function secondsOf(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 60) return value;
  throw new UsageError(`--timeout is a number of seconds up to 60, not ${JSON.stringify(text)}`);
}
