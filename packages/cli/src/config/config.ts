import { CliError } from "../errors.ts";

/** One root, and who we are there. */
export interface RootContext {
  /** URL without final slash */
  server: string;
  /** Path of a file with the certificates of an authority */
  ca?: string;
  isInsecure?: boolean;
  organization?: string;
  /** Kept only where the user asked for it with `oak config credentials`. */
  user?: string;
  password?: string;
  /** `oak_…`: never expires by itself, so nothing else is needed. */
  apiToken?: string;
  accessToken?: string;
  refreshToken?: string;
}

export interface Config {
  current: string;
  contexts: Readonly<Record<string, RootContext>>;
  /** What else the older tools knew: `cluster_name` and the like. */
  values: Readonly<Record<string, string>>;
}

export const emptyConfig: Config = { current: "default", contexts: {}, values: {} };

const texts = [
  "server",
  "ca",
  "organization",
  "user",
  "password",
  "apiToken",
  "accessToken",
  "refreshToken",
] as const;

/** @throws CliError when the text is none of ours */
export function readConfig(text: string, path: string): Config {
  const parsed = parse(text);
  if (parsed === undefined) {
    throw new CliError(`${path} is not readable as JSON`, {
      advice: ["`oak config reset` begins a new one; the old one is kept beside it"],
    });
  }
  const contexts = Object.entries(objectOf(parsed["contexts"])).flatMap(([name, value]) => {
    const context = contextOf(objectOf(value));
    return context === undefined ? [] : [[name, context] as const];
  });
  const values = Object.entries(objectOf(parsed["values"])).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  const current = parsed["current"];
  return {
    current: typeof current === "string" ? current : emptyConfig.current,
    contexts: Object.fromEntries(contexts),
    values: Object.fromEntries(values),
  };
}

export function configText(config: Config): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The same with one context changed; undefined values are left out. */
export function withContext(
  config: Config,
  name: string,
  change: { [Key in keyof RootContext]?: RootContext[Key] | undefined } & { server: string },
): Config {
  const merged = { ...config.contexts[name], ...change };
  const context = contextOf({ ...merged }) ?? { server: change.server };
  return { ...config, contexts: { ...config.contexts, [name]: context } };
}

function contextOf(value: Readonly<Record<string, unknown>>): RootContext | undefined {
  const known = texts.flatMap((name) => {
    const text = value[name];
    return typeof text === "string" && text !== "" ? [[name, text] as const] : [];
  });
  const { server, ...rest }: Partial<RootContext> = Object.fromEntries(known);
  if (server === undefined) return undefined;
  return { server, ...rest, ...(value["isInsecure"] === true && { isInsecure: true }) };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? objectOf(value)
      : undefined;
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
