import { NET_MANAGER_SOCKET } from "@oak/contracts";
import { CONF_FILE, WORKER_VARIABLES } from "@oak/contracts/worker";
import { type Environment, listenPort, loadConfig, logLevel, port, secret } from "@oak/kit";
import { z } from "zod";

const host = () => z.string().min(1).max(255);

const schema = z.object({
  OAK_CLUSTER_ADDRESS: host().describe("host of the cluster: its manager and its broker"),
  OAK_CLUSTER_PORT: port().default(10_100).describe("of the cluster-manager"),
  OAK_WORKER_JOIN_SECRET: secret()
    .optional()
    .describe("for the first registration; later ones use what that one answered"),
  OAK_CONF_FILE: z
    .string()
    .min(1)
    .default(CONF_FILE)
    .describe("settings in Oakestra's form, for what no variable says"),
  NODE_NAME: host().optional().describe("absent: the hostname"),
  OAK_STATE_DIR: z.string().min(1).default("/var/lib/oakestra/node-engine"),
  OAK_RUNTIME: z
    .enum(["docker", "fake"])
    .default("docker")
    .describe("fake: a worker that only pretends, with its workloads in the state directory"),
  OAK_ENGINE_ID: z
    .string()
    .regex(/^[0-9a-z]{6,64}$/, "must be 6 to 64 of 0-9 and a-z")
    .optional()
    .describe("marks what belongs to this worker in a shared Docker; absent: the node id"),
  DOCKER_HOST: z
    .string()
    .regex(/^(unix|tcp|http|https|ssh):\/\//, "must be an address such as unix:///run/docker.sock")
    .optional(),
  OAK_NETWORK: z
    .enum(["auto", "manual", "off"])
    .default("auto")
    .describe("manual: by the net-manager of this machine; auto: the same where one is installed"),
  OAK_NETWORK_SOCKET: z.string().min(1).default(NET_MANAGER_SOCKET).describe("of the net-manager"),
  OAK_NETWORK_POOL: z.coerce
    .number()
    .pipe(z.int().min(0).max(32))
    .default(2)
    .describe("namespaces made in advance, for quick starts; each takes about 3 MB"),
  MQTT_CERT: z.string().optional().describe("directory with ca.crt; switches TLS on"),
  HEALTH_PORT: listenPort().optional().describe("health and metrics; absent: a unix socket"),
  HEALTH_HOST: host().default("127.0.0.1"),
  OAK_HEALTH_SOCKET: z.string().optional().describe("absent: health.sock in the state directory"),
  LOG_LEVEL: logLevel().default("info"),
});

export type NodeEngineConfig = Readonly<z.output<typeof schema>>;

/** Throws one ConfigError that lists all faults. */
export function readConfig(env: Environment): NodeEngineConfig {
  return loadConfig(schema, env, { known: WORKER_VARIABLES.netManager });
}
