import type { DestinationStream } from "pino";

/** Fields that have their own place in a line. */
const placed = new Set(["time", "level", "name", "msg", "err", "hostname", "pid"]);

/** Turns pino's JSON lines into lines for people; lines that are no JSON pass as they are. */
export function createPrettyStream(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(prettyLine(line)) };
}

function prettyLine(line: string): string {
  const record = parsedRecord(line);
  if (record === undefined) return line;
  const time = String(record["time"] ?? "").slice(11, 23);
  const level = String(record["level"] ?? "")
    .toUpperCase()
    .padEnd(5);
  const facts = Object.entries(record)
    .filter(([key]) => !placed.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
  const head = `${time} ${level} [${String(record["name"] ?? "")}] ${String(record["msg"] ?? "")}`;
  return `${head}${facts}${errorText(record["err"])}\n`;
}

function parsedRecord(line: string): Record<string, unknown> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null
      ? (record as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function errorText(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  return `\n  ${String(stack ?? message ?? "").replaceAll("\n", "\n  ")}`;
}
