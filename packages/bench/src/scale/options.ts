import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../bench.ts";
import { readFlags, wholeNumber, wholeNumbers } from "../options.ts";

/** What can be measured alone. */
export const PARTS = ["churn", "workers", "reconnect", "burst", "start"] as const;
export type Part = (typeof PARTS)[number];

export const usage = `npm run bench -- scale [options]

Root and cluster as seven processes, with workers that run nothing: real engines that pretend (churn), or
thousands of MQTT sessions that speak an engine's part of the protocol from one process (the rest).

  --part LIST         churn: instances on ten engines that come and go;
                      workers: heartbeats of many workers, and deployments meanwhile;
                      reconnect: the broker is killed, all come back;
                      burst: many instances at once;
                      start: a tier with many services starts       (${PARTS.join(",")})
  --workers LIST      simulated workers, growing                     (1000,5000,10000)
  --seconds N         how long each number of workers is watched     (30)
  --samples N         deployments while they are watched             (100)
  --instances N       of churn                                       (200)
  --engines N         of churn                                       (10)
  --rounds N          of churn: how often some engines die           (5)
  --burst N           instances at once                              (1000)
  --burst-workers N   on so many workers                             (1000)
  --services N        of start                                       (1000)
  --starts N          of each tier                                   (5)
  --profile DIR       each service leaves a CPU profile here; costs some time

Examples:
  npm run bench -- scale --part workers,reconnect --workers 1000
  npm run bench -- scale --part churn --instances 50 --rounds 2`;

export interface ScaleOptions {
  parts: readonly Part[];
  workers: readonly number[];
  seconds: number;
  samples: number;
  instances: number;
  engines: number;
  rounds: number;
  burst: number;
  burstWorkers: number;
  services: number;
  starts: number;
  /** absolute; undefined: nobody asked for profiles */
  profileFolder?: string | undefined;
}

const defaults = {
  part: PARTS.join(","),
  workers: "1000,5000,10000",
  seconds: "30",
  samples: "100",
  instances: "200",
  engines: "10",
  rounds: "5",
  burst: "1000",
  "burst-workers": "1000",
  services: "1000",
  starts: "5",
  profile: "",
} as const;
type FlagName = keyof typeof defaults;

/** @throws UsageError */
export function readOptions(args: readonly string[]): ScaleOptions {
  const names = Object.entries(defaults);
  const options = Object.fromEntries(
    names.map(([name, value]) => [name, { type: "string" as const, default: value }]),
  );
  const flags = readFlags(() => parseArgs({ args: [...args], options }).values);
  const text = (name: FlagName): string => String(flags[name]);
  const number = (name: FlagName, least = 1): number => wholeNumber(name, text(name), least);
  return {
    parts: text("part").split(",").map(toPart),
    workers: wholeNumbers("workers", text("workers"), 1).toSorted((one, other) => one - other),
    seconds: number("seconds", 5),
    samples: number("samples"),
    instances: number("instances"),
    engines: number("engines", 2),
    rounds: number("rounds"),
    burst: number("burst"),
    burstWorkers: number("burst-workers"),
    services: number("services"),
    starts: number("starts"),
    profileFolder: text("profile") === "" ? undefined : resolve(text("profile")),
  };
}

function toPart(name: string): Part {
  const part = PARTS.find((one) => one === name);
  if (part === undefined)
    throw new UsageError(`There is no part "${name}": use ${PARTS.join(", ")}`);
  return part;
}
