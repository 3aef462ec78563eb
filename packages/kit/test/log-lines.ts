import { createLogger, type Logger } from "../src/logger.ts";

/** A logger whose lines a test can read. */
export function createLogRecorder(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    name: "test",
    level: "trace",
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  return { logger, lines };
}
