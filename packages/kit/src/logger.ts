import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import { createPrettyStream } from "./pretty-stream.ts";

/**
 * The logger of a process and its children. The message is a constant phrase, the facts are fields:
 * `logger.info({ jobId, reason }, "instance placed")`.
 */
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** The service; stands in each line. */
  name: string;
  /** trace, debug, info (default), warn, error, fatal or silent. */
  level?: string;
  /** Lines for people in place of JSON. */
  pretty?: boolean;
  /** Where lines go; standard output when absent. */
  destination?: DestinationStream;
}

const secretKeys = [
  "password",
  "token",
  "refresh_token",
  "access_token",
  "secret",
  "authorization",
  "private_key",
  "credential",
];

/** Two levels deep, and the headers of a request: deeper objects do not belong in a log line. */
const redactedPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** The root logger of a process. Components take `logger.child({ component })`. */
export function createLogger({
  name,
  level = "info",
  pretty = false,
  destination,
}: LoggerOptions): Logger {
  const options = {
    name,
    level,
    base: {},
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: "[redacted]" },
  };
  const target = destination ?? pino.destination(1);
  return pino(options, pretty ? createPrettyStream(target) : target);
}

/** A logger that says nothing, for tests and libraries. */
export function createSilentLogger(): Logger {
  return pino({ level: "silent" }, { write: () => undefined });
}
