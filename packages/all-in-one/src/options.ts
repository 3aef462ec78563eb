import { parseArgs } from "node:util";
import { type Environment, flag, loadConfig, logLevel, printConfig, secret } from "@oak/kit";
import { hookFields } from "@oak/resource-abstractor";
import { accountFields, rolloutFields } from "@oak/system-manager";
import { z } from "zod";
import { DEFAULT_PORTS, type Ports, shiftedPorts } from "./ports.ts";

const schema = z.object({
  /** Of the account Admin, which is made in an empty database. */
  ADMIN_PASSWORD: secret().optional(),
  COMPAT_DOUBLE_ENCODED: flag().default(false),
  CLUSTER_NAME: z.string().min(1).max(128).default("local"),
  CLUSTER_LOCATION: z.string().max(256).optional(),
  NODE_NAME: z.string().min(1).max(255).optional(),
  /** fake: the worker only pretends, for trying the control plane without Docker */
  OAK_RUNTIME: z.enum(["docker", "fake"]).default("docker"),
  ...hookFields,
  ...rolloutFields,
  ...accountFields,
  LOG_LEVEL: logLevel().default("info"),
});

/** What `npm start` takes. */
export interface StartOptions {
  dataDir: string;
  host: string;
  withWorker: boolean;
  /** stop the workloads before the worker ends */
  drain: boolean;
  ports: Ports;
  config: z.output<typeof schema>;
}

export const USAGE = `all-in-one: root, cluster and worker in one process

  --data-dir DIR   where everything is kept          (.oak/data)
  --host ADDRESS   where others may reach it         (127.0.0.1)
  --no-worker      root and cluster only; needs no Docker
  --drain          stop all workloads when it ends; without it they go on
  --port-offset N  add N to every port               (0)
  --print-config   print the settings and end

Variables: ADMIN_PASSWORD, CLUSTER_NAME, CLUSTER_LOCATION, NODE_NAME, LOG_LEVEL,
COMPAT_DOUBLE_ENCODED, OAK_RUNTIME (docker, or fake: pretends), HOOKS_ALLOW, HOOKS_ALLOW_PRIVATE,
OAK_ROLLOUT_READY_S, OAK_ROLLOUT_DEADLINE_S,
OAK_PASSWORD_MIN_LENGTH, OAK_DASHBOARD_URLS, and MAIL_USER, _PASSWORD, _HOST, _PORT, _SSL, _FROM.
Example: npm start -- --data-dir /var/lib/oak --host 192.0.2.10
`;

/**
 * Reads flags and environment.
 * @returns the options, or a text to print before ending with success
 * @throws ConfigError, or the parser's error for an unknown flag
 */
export function readOptions(argv: string[], env: Environment): StartOptions | { print: string } {
  const { values } = parseArgs({
    args: argv,
    options: {
      "data-dir": { type: "string", default: ".oak/data" },
      host: { type: "string", default: "127.0.0.1" },
      "no-worker": { type: "boolean", default: false },
      drain: { type: "boolean", default: false },
      "port-offset": { type: "string", default: "0" },
      "print-config": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { print: USAGE };
  const config = loadConfig(schema, env);
  if (values["print-config"]) return { print: `${printConfig(config)}\n` };
  return {
    dataDir: values["data-dir"],
    host: values.host,
    withWorker: !values["no-worker"],
    drain: values.drain,
    ports: portsOf(values["port-offset"]),
    config,
  };
}

function portsOf(text: string): Ports {
  const offset = Number(text);
  const highest = Math.max(...Object.values(DEFAULT_PORTS)) + offset;
  if (!Number.isInteger(offset) || offset < -9000 || highest > 65_535) {
    throw new Error(`--port-offset ${text}: use a whole number from -9000 to 53000`);
  }
  return shiftedPorts(offset);
}
