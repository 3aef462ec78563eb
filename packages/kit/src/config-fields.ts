import { z } from "zod";
import { Secret } from "./secret.ts";

/** Environment variables are text; these read the text into what a service wants to hold. */
interface Field<T> {
  allowed: string;
  /** `undefined` means: not acceptable. */
  read: (text: string) => T | undefined;
}

function field<T>({ allowed, read }: Field<T>) {
  const parse = (text: string, context: z.core.$RefinementCtx<string>): T => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${allowed}`, params: { allowed } });
    return z.NEVER;
  };
  return z.string().transform(parse).meta({ allowed });
}

function numberBetween(pattern: RegExp, min: number, max: number) {
  return (text: string): number | undefined => {
    if (!pattern.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  };
}

const wholeNumber = /^-?\d{1,15}$/;
const decimalNumber = /^\d{1,12}(\.\d{1,6})?$/;

/** A TCP port that is dialled: 1 to 65535. */
export function port() {
  return field({
    allowed: "a port number from 1 to 65535",
    read: numberBetween(wholeNumber, 1, 65_535),
  });
}

/** A TCP port that is listened on: as `port()`, and 0 lets the kernel choose. */
export function listenPort() {
  return field({
    allowed: "a port number from 0 (any free one) to 65535",
    read: numberBetween(wholeNumber, 0, 65_535),
  });
}

/** A duration in seconds, decimals allowed; stays in seconds. */
export function durationSeconds({ min = 0, max = 31_536_000 } = {}) {
  return field({
    allowed: `a number of seconds from ${min} to ${max}`,
    read: numberBetween(decimalNumber, min, max),
  });
}

/** A whole number. */
export function wholeNumberBetween(min: number, max: number) {
  return field({
    allowed: `a whole number from ${min} to ${max}`,
    read: numberBetween(wholeNumber, min, max),
  });
}

/** A switch: true, false, 1 or 0, in any case (Oakestra's own variables say `True` and `False`). */
export function flag() {
  const values = new Map([
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
  ]);
  return field({
    allowed: "true, false, 1 or 0",
    read: (text) => values.get(text.toLowerCase()),
  });
}

/** Text that must not be printed. */
export function secret({ minLength = 1 } = {}) {
  return field({
    allowed: `a secret of at least ${minLength} characters`,
    read: (text) => (text.length >= minLength ? new Secret(text) : undefined),
  }).meta({ secret: true });
}

/** A MongoDB connection string; secret, since it may hold a password. See `mongoUrlFrom`. */
export function mongoUrl() {
  return field({
    allowed: "mongodb://… or mongodb+srv://…, or a host name with a port from 1 to 65535 in …_PORT",
    read: (text) => (isMongoUrl(text) ? new Secret(text) : undefined),
  }).meta({ secret: true });
}

/** Where a service has its documents; to be loaded with `MONGO_URL: mongoUrlFrom(env)`. */
export function databaseFields(databaseName: string) {
  return {
    MONGO_URL: mongoUrl().optional().describe("absent: the embedded database"),
    OAK_DATA_DIR: z.string().min(1).default("./data").describe("of the embedded database"),
    OAK_DATABASE_NAME: z
      .string()
      .regex(/^[\w-]{1,48}$/)
      .default(databaseName),
  };
}

function isMongoUrl(text: string): boolean {
  if (!/^mongodb(\+srv)?:\/\/[^\s]+$/.test(text)) return false;
  const hosts =
    text
      .replace(/^[^/]*\/\//, "")
      .replace(/^[^@/]*@/, "")
      .split(/[/?]/)[0] ?? "";
  return hosts.split(",").every((host) => {
    const given = /^(?:\[[^\]]+\]|[^:]+)(?::(.*))?$/.exec(host);
    return given !== null && (given[1] === undefined || isPort(given[1]));
  });
}

function isPort(text: string): boolean {
  return numberBetween(wholeNumber, 1, 65_535)(text) !== undefined;
}

const levels = new Map([
  ["trace", "trace"],
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warn"],
  ["error", "error"],
  ["fatal", "fatal"],
  ["silent", "silent"],
  // upstream: LOG_LEVEL takes the names of Python's logging module
  ["notset", "trace"],
  ["warning", "warn"],
  ["critical", "fatal"],
] as const);

/** A level of the logger; Python's names are understood as well. */
export function logLevel() {
  type Name = typeof levels extends Map<infer Key, unknown> ? Key : never;
  return field({
    allowed: "trace, debug, info, warn, error, fatal or silent",
    read: (text) => levels.get(text.toLowerCase() as Name),
  });
}
