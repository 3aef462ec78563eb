import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  ConfigError,
  component,
  createHealthServer,
  createHttpClient,
  createLogger,
  createMetrics,
  createServiceManagerLink,
  installShutdown,
  type Logger,
  type Metrics,
  printConfig,
  runService,
  VERSION,
} from "@oak/kit";
import { createFakeDataPlane } from "./adapters/fake/fake-data-plane.ts";
import { measureRoundTrip } from "./adapters/measure-round-trip.ts";
import {
  asksForHelp,
  explained,
  isCommand,
  logsHint,
  readOptions,
  runCommand,
  usage,
} from "./cli/run-command.ts";
import type { ClientIdentity } from "./cluster/broker-login.ts";
import { type NetManagerConfig, readConfig } from "./config.ts";
import type { DataPlane } from "./ports.ts";
import { createNetManager } from "./service.ts";
import { readNodeFiles } from "./store/node-files.ts";

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const [word = "start", ...options] = process.argv.slice(2);
  if (word === "start") await start(config);
  else if (word === "--print-config") process.stdout.write(`${printConfig(config)}\n`);
  else if (word === "version") process.stdout.write(`${VERSION}\n`);
  else if (word === "logs") process.stdout.write(logsHint);
  else if (asksForHelp(word)) process.stdout.write(usage);
  else if (isCommand(word)) await call(config, word, options);
  else throw notUnderstood(word);
}

async function call(
  config: NetManagerConfig,
  word: Parameters<typeof runCommand>[1],
  words: readonly string[],
): Promise<void> {
  const options = readOptions(words);
  if (options === undefined) throw notUnderstood(words.join(" "));
  const client = createHttpClient({ baseUrl: `unix:${config.NET_MANAGER_SOCKET}` });
  try {
    process.stdout.write(await runCommand(client, word, options));
  } catch (error) {
    throw explained(error, config.NET_MANAGER_SOCKET);
  } finally {
    client.close();
  }
}

function notUnderstood(words: string): Error {
  return new Error(`Not understood: ${words}\n\n${usage.trimEnd()}`);
}

async function start(config: NetManagerConfig): Promise<void> {
  const files = await readNodeFiles(config.OAK_NETCFG_FILE, config.OAK_TUNCFG_FILE);
  const level = files.net.Debug ? "debug" : config.LOG_LEVEL;
  const logger = createLogger({ name: "net-manager", level });
  const metrics = createMetrics({ service: "net-manager", process });
  if (files.net.PublicIPNetworking) {
    logger.warn("PublicIPNetworking asks a stranger for the address; set NodePublicAddress");
  }
  const identity = await readIdentity(files.net.MqttCert, files.net.MqttKey);
  const manager = createNetManager({
    plane: await openPlane(config, logger, metrics),
    socketPath: config.NET_MANAGER_SOCKET,
    stateFolder: config.OAK_NET_STATE_DIR,
    files,
    ...(identity && { identity }),
    dns: { port: config.OAK_DNS_PORT, resolvConf: config.OAK_RESOLV_CONF },
    idleMs: config.OAK_NET_IDLE_S * 1_000,
    // A network that only pretends leads to nobody, and the host's own one is none of its business.
    ...(config.OAK_NET_DATA_PLANE === "kernel" && { measureRoundTrip }),
    measureMs: config.OAK_NET_MEASURE_S * 1_000,
    logger,
    metrics,
  });
  const health = createHealthServer({
    name: "net-manager",
    readiness: manager.readiness,
    metrics,
    address: {
      path:
        config.OAK_HEALTH_SOCKET ??
        path.join(path.dirname(config.NET_MANAGER_SOCKET), "health.sock"),
    },
  });
  const { env, pid } = process;
  const { readiness } = manager;
  const service = await runService({
    logger,
    // The first one makes the folder in which the health socket is.
    components: [
      component("net manager", manager),
      component("health", health),
      component("service manager", createServiceManagerLink({ env, pid, readiness, logger })),
    ],
  });
  installShutdown({ stop: service.stop, logger, process });
}

/** Loaded when needed: a worker that only pretends has no use for system calls. */
async function openPlane(
  config: NetManagerConfig,
  logger: Logger,
  metrics: Metrics,
): Promise<DataPlane> {
  if (config.OAK_NET_DATA_PLANE === "fake") {
    return createFakeDataPlane({ namespaceOf: (pid) => `fake:${pid}` });
  }
  const { openDataPlane } = await import("./open-data-plane.ts");
  return openDataPlane({
    stateFolder: config.OAK_NET_STATE_DIR,
    settings: { mtu: config.TUN_MTU_SIZE ?? 0 },
    logger,
    metrics,
  });
}

async function readIdentity(cert: string, key: string): Promise<ClientIdentity | undefined> {
  if (cert === "") return undefined;
  return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Another start would find the same fault: systemd is told so by the code.
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
