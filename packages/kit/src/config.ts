import type { z } from "zod";
import { nearestName } from "./edit-distance.ts";
import { describeFound, type Fault, faultsOf, isSecretName } from "./faults.ts";
import { Secret } from "./secret.ts";

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable that is wrong. */
export interface ConfigFault {
  variable: string;
  message: string;
  found: string;
  allowed?: string;
}

/** Every fault of an environment at once; the message is what the operator reads before exit. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map(lineOf).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

export interface LoadConfigOptions {
  /** Other names of a variable, in order of preference: `{ MONGO_URL: ["ROOT_MONGO_URL"] }`. */
  aliases?: Readonly<Record<string, readonly string[]>>;
  /** `OAK_…` variables of other services, which may stand in a shared environment file. */
  known?: readonly string[];
}

const ownPrefix = "OAK_";

/** Of the command `oak`: a shell may have set them for it when it starts a service. No service means anything by them. */
const commandVariables: readonly string[] = [
  "OAK_CA",
  "OAK_CONFIG",
  "OAK_CONTEXT",
  "OAK_ORGANIZATION",
  "OAK_PASSWORD",
  "OAK_SERVER",
  "OAK_TOKEN",
  "OAK_USER",
];

/**
 * Reads the environment through a zod object whose keys are variable names. An empty value counts
 * as unset. Throws one ConfigError that lists all faults, unknown `OAK_…` variables included.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
  { aliases = {}, known = [] }: LoadConfigOptions = {},
): Readonly<z.output<Schema>> {
  const variables = Object.keys(schema.shape);
  const sources = variables.map((name) => sourceOf(name, [name, ...(aliases[name] ?? [])], env));
  const input = Object.fromEntries(sources.map(({ name, value }) => [name, value]));
  const parsed = schema.safeParse(input);
  const namesInUse = new Map(sources.map(({ name, setAs }) => [name, setAs]));
  const faults = [
    ...(parsed.success ? [] : faultsOf(parsed.error, input)).map((fault) =>
      configFault(fault, { schema, namesInUse }),
    ),
    ...unknownVariables(env, [...variables, ...Object.values(aliases).flat(), ...known]),
  ];
  if (parsed.success && faults.length === 0) return Object.freeze(parsed.data);
  throw new ConfigError(faults);
}

/** `NAME=value` lines, sorted, for `--print-config`; secrets stay hidden. */
export function printConfig(config: Readonly<Record<string, unknown>>): string {
  return Object.entries(config)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${printedValue(name, value)}`)
    .join("\n");
}

function printedValue(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (value instanceof Secret || isSecretName(name)) return "[redacted]";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Which of several names is set, so that a fault can name the one that the operator wrote. */
function sourceOf(name: string, spellings: readonly string[], env: Environment) {
  const setAs = spellings.find((spelling) => (env[spelling] ?? "").trim() !== "");
  return { name, setAs: setAs ?? name, value: setAs === undefined ? undefined : env[setAs] };
}

function configFault(
  fault: Fault,
  { schema, namesInUse }: { schema: z.ZodObject; namesInUse: ReadonlyMap<string, string> },
): ConfigFault {
  const name = fault.pointer.split("/")[1] ?? "";
  const marks = marksOf(schema.shape[name]);
  const isHidden = marks.secret === true && fault.found !== "nothing";
  const allowed = marks.allowed ?? fault.allowed;
  return {
    variable: namesInUse.get(name) ?? name,
    message: fault.message,
    found: isHidden ? "[redacted]" : (fault.found ?? "nothing"),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

/** What the helpers of config-fields.ts note on a schema, seen through optional() and default(). */
function marksOf(schema: unknown): { allowed?: string; secret?: boolean } {
  let marks: Record<string, unknown> = {};
  let current = schema as z.ZodType | undefined;
  while (current !== undefined) {
    marks = { ...current.meta?.(), ...marks };
    current = (current._zod.def as { innerType?: z.ZodType }).innerType;
  }
  return {
    secret: marks["secret"] === true,
    ...(typeof marks["allowed"] === "string" ? { allowed: marks["allowed"] } : {}),
  };
}

function unknownVariables(env: Environment, known: readonly string[]): ConfigFault[] {
  const unknown = Object.entries(env).filter(
    ([name, value]) =>
      name.startsWith(ownPrefix) &&
      (value ?? "").trim() !== "" &&
      !known.includes(name) &&
      !commandVariables.includes(name),
  );
  const candidates = known.filter((name) => name.startsWith(ownPrefix));
  return unknown.map(([variable, value]) => {
    const nearest = nearestName(variable, candidates);
    return {
      variable,
      message: "is not a known variable",
      found: isSecretName(variable) ? "[redacted]" : describeFound(value),
      allowed: nearest === undefined ? "no variable of this prefix" : `did you mean ${nearest}?`,
    };
  });
}

function lineOf({ variable, message, found, allowed }: ConfigFault): string {
  const isSaid = allowed === undefined || message.includes(allowed);
  const hint = isSaid ? "" : `; allowed: ${allowed}`;
  return `  ${variable || "(all)"}: ${message} (found ${found}${hint})`;
}
