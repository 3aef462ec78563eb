import { NET_MANAGER_SOCKET, NETCFG_FILE } from "@oak/contracts";
import { WORKER_VARIABLES } from "@oak/contracts/worker";
import {
  durationSeconds,
  type Environment,
  listenPort,
  loadConfig,
  logLevel,
  wholeNumberBetween,
} from "@oak/kit";
import { z } from "zod";

const file = () => z.string().min(1).max(1_024);

const schema = z.object({
  NET_MANAGER_SOCKET: file().default(NET_MANAGER_SOCKET).describe("where the node-engine calls"),
  OAK_NETCFG_FILE: file().default(NETCFG_FILE),
  OAK_TUNCFG_FILE: file().default("/etc/netmanager/tuncfg.json"),
  OAK_NET_STATE_DIR: file().default("/var/lib/oakestra/net-manager"),
  OAK_NET_DATA_PLANE: z
    .enum(["kernel", "fake"])
    .default("kernel")
    .describe("fake: a network that only pretends, for simulated workers"),
  TUN_MTU_SIZE: wholeNumberBetween(1_280, 65_535)
    .optional()
    .describe("of bridge and workloads; absent: worked out from the underlay"),
  OAK_NET_IDLE_S: durationSeconds({ min: 1, max: 86_400 })
    .default(300)
    .describe("after which a service that nobody here uses is forgotten"),
  OAK_NET_MEASURE_S: durationSeconds({ min: 1, max: 3_600 })
    .default(10)
    .describe("between two measurements of the workers that a closest address in use may lead to"),
  OAK_DNS_PORT: listenPort().default(53).describe("of the resolver on the bridge"),
  OAK_RESOLV_CONF: file().default("/etc/resolv.conf").describe("the resolvers of the host"),
  OAK_HEALTH_SOCKET: file().optional().describe("absent: health.sock in the state directory"),
  LOG_LEVEL: logLevel().default("info"),
});

export type NetManagerConfig = Readonly<z.output<typeof schema>>;

/** Throws one ConfigError that lists all faults. */
export function readConfig(env: Environment): NetManagerConfig {
  return loadConfig(schema, env, { known: WORKER_VARIABLES.nodeEngine });
}
