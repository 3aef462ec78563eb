import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { UsageError } from "../bench.ts";
import { readFlags, wholeNumber, wholeNumbers } from "../options.ts";
import type { Cores } from "./path.ts";

export const usage = `npm run bench -- network [options]

Between two workers that are network namespaces on this machine, joined by one cable: how much passes, and how
long a round trip takes, over the bare cable, plain VXLAN, wireguard-go, and through our data plane.
Needs root, iproute2, nftables and iperf3; wireguard-go and wireguard-tools for that path.

  --services LIST     services in the maps, one pass for each       (1,1000,100000)
  --rounds N          runs of iperf3 on each path                   (5)
  --seconds N         of each run                                   (2)
  --streams LIST      in parallel                                   (1,4)
  --blocks N          of round trips on each path                   (30)
  --trips N           of a block, over one connection               (1000)
  --connections N     of a block, a new one for each round trip     (200)
  --changes N         of routes, with the most services             (30)
  --no-pin            lets the programs run on any core; otherwise
                      clients have core 0 and servers core 1

Examples:
  npm run bench -- network
  npm run bench -- network --services 1 --rounds 1 --seconds 1 --blocks 2`;

export interface NetworkOptions {
  services: readonly number[];
  rounds: number;
  seconds: number;
  streams: readonly number[];
  blocks: number;
  trips: number;
  connections: number;
  changes: number;
  /** Round trips of each kind that do not count. */
  warmUps: number;
  cores: Cores;
}

const texts = {
  services: "1,1000,100000",
  rounds: "5",
  seconds: "2",
  streams: "1,4",
  blocks: "30",
  trips: "1000",
  connections: "200",
  changes: "30",
} as const;

/** Elements of a map for as many services, and their addresses, are made in the ranges of the settings. */
const mostServices = 100_000;

/** Each takes an address of its own. */
const mostChanges = 90;

/** @throws UsageError */
export function readOptions(args: readonly string[]): NetworkOptions {
  const named = Object.entries(texts).map(([name, value]) => [
    name,
    { type: "string" as const, default: value },
  ]);
  const options = {
    ...Object.fromEntries(named),
    "no-pin": { type: "boolean" as const, default: false },
  };
  const flags: Record<string, unknown> = readFlags(
    () => parseArgs({ args: [...args], options }).values,
  );
  const number = (name: keyof typeof texts): number => wholeNumber(name, String(flags[name]), 1);
  const numbers = (name: keyof typeof texts): number[] =>
    wholeNumbers(name, String(flags[name]), 1);
  const services = numbers("services").toSorted((one, other) => one - other);
  if (services.some((count) => count > mostServices)) {
    throw new UsageError(`--services: at most ${mostServices}`);
  }
  const canPin = flags["no-pin"] !== true && cpus().length > 1;
  return {
    services,
    rounds: number("rounds"),
    seconds: number("seconds"),
    streams: numbers("streams"),
    blocks: number("blocks"),
    trips: number("trips"),
    connections: number("connections"),
    changes: Math.min(number("changes"), mostChanges),
    warmUps: 200,
    cores: canPin ? { client: 0, server: 1 } : { client: undefined, server: undefined },
  };
}
