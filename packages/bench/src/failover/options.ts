import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { UsageError } from "../bench.ts";
import { readFlags, wholeNumber, wholeNumbers } from "../options.ts";

/** What can be measured alone. */
export const PARTS = ["workload", "silent", "agent", "power", "impaired"] as const;
export type Part = (typeof PARTS)[number];

export const usage = `npm run bench -- failover [options]

How long until what died runs again: on two engines that share this machine's Docker, and in turns on a Docker
swarm of two daemons of its own, each in a network namespace. Needs Docker, busybox-static and root.

  --part LIST        workload: the process of a workload is killed;
                     silent: its worker is stopped (SIGSTOP);
                     agent: the engine alone is killed and started;
                     power: engine and workloads are killed at once;
                     impaired: engines behind a link that loses and
                     delays what they send                  (${PARTS.join(",")})
  --samples N        of workload, on each side                       (30)
  --rounds N         of silent, agent and power                      (3)
  --timeouts LIST    WORKER_TIMEOUT_S, one run each                  (5,2)
  --heartbeats LIST  of the swarm's dispatcher, seconds, beside them (5,1)
  --no-swarm         this system alone
  --seconds N        how long the link is bad                        (60)
  --loss PERCENT     of what the engines send                        (20)
  --delay MS         of what the engines send                        (250)
  --both-ways        and of what is sent to them
  --engines N        behind the bad link                             (10)
  --seed N           which packets are lost                          (by chance)

Examples:
  npm run bench -- failover --part workload --samples 10
  npm run bench -- failover --part impaired --seconds 600`;

export interface FailoverOptions {
  parts: readonly Part[];
  samples: number;
  rounds: number;
  timeouts: readonly number[];
  heartbeats: readonly number[];
  withSwarm: boolean;
  seconds: number;
  lossPercent: number;
  delayMs: number;
  isBothWays: boolean;
  engines: number;
  /** Fixes which of the packets are lost, counted in the order in which they come. */
  seed: number;
}

const texts = {
  part: PARTS.join(","),
  samples: "30",
  rounds: "3",
  timeouts: "5,2",
  heartbeats: "5,1",
  seconds: "60",
  loss: "20",
  delay: "250",
  engines: "10",
  seed: "0",
} as const;

/** @throws UsageError */
export function readOptions(args: readonly string[]): FailoverOptions {
  const named = Object.entries(texts).map(([name, value]) => [
    name,
    { type: "string" as const, default: value },
  ]);
  const flag = { type: "boolean" as const, default: false };
  const options = { ...Object.fromEntries(named), "no-swarm": flag, "both-ways": flag };
  const flags: Record<string, unknown> = readFlags(
    () => parseArgs({ args: [...args], options }).values,
  );
  const text = (name: keyof typeof texts): string => String(flags[name]);
  const number = (name: keyof typeof texts, least = 1): number =>
    wholeNumber(name, text(name), least);
  return {
    parts: text("part").split(",").map(toPart),
    samples: number("samples"),
    rounds: number("rounds"),
    timeouts: wholeNumbers("timeouts", text("timeouts"), 1),
    heartbeats: wholeNumbers("heartbeats", text("heartbeats"), 1),
    withSwarm: flags["no-swarm"] !== true,
    seconds: number("seconds"),
    lossPercent: number("loss", 0),
    delayMs: number("delay", 0),
    isBothWays: flags["both-ways"] === true,
    engines: number("engines"),
    seed: number("seed", 0) || randomInt(1, 1_000_000),
  };
}

function toPart(name: string): Part {
  const part = PARTS.find((one) => one === name);
  if (part === undefined) {
    throw new UsageError(`There is no part "${name}": use ${PARTS.join(", ")}`);
  }
  return part;
}
