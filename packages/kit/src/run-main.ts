import { parseArgs } from "node:util";
import { ConfigError, type Environment, printConfig } from "./config.ts";
import { createLogger, type Logger } from "./logger.ts";
import { installShutdown, type ProcessEvents } from "./shutdown.ts";

/** The part of `process` that a service with data needs. */
export interface MainProcess extends ProcessEvents {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface MainOptions<Config> {
  /** In logs. */
  name: string;
  /** @throws ConfigError */
  load: (env: Environment) => Config;
  /** Starts everything in order; answers what stops it in the reverse order. */
  start: (config: Config, logger: Logger) => Promise<() => Promise<void>>;
  process: MainProcess;
}

/**
 * Called by the main.ts of services that have data: `--data-dir` goes before `OAK_DATA_DIR`, `--print-config` shows the configuration and
 * starts nothing. Exits with 2 when the command line or the configuration cannot be understood, with 1 when the start fails.
 */
export async function runMain<Config extends { LOG_LEVEL: string }>({
  name,
  load,
  start,
  process,
}: MainOptions<Config>): Promise<void> {
  const given = read(process, load);
  if (given === undefined) return;
  const { config, isOnlyShown } = given;
  if (isOnlyShown) {
    process.stdout.write(`${printConfig(config)}\n`);
    return;
  }
  const logger = createLogger({ name, level: config.LOG_LEVEL });
  try {
    installShutdown({ stop: await start(config, logger), logger, process });
  } catch (err) {
    logger.fatal({ err }, "start failed");
    process.exit(1);
  }
}

function read<Config>(
  process: MainProcess,
  load: (env: Environment) => Config,
): { config: Config; isOnlyShown: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2),
      options: {
        "data-dir": { type: "string" },
        "print-config": { type: "boolean", default: false },
      },
    });
    const dataDir = values["data-dir"];
    const chosen = dataDir === undefined ? {} : { OAK_DATA_DIR: dataDir };
    return { config: load({ ...process.env, ...chosen }), isOnlyShown: values["print-config"] };
  } catch (error) {
    if (!(error instanceof ConfigError) && !isFlagFault(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
    return undefined;
  }
}

function isFlagFault(error: unknown): error is Error {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
}
