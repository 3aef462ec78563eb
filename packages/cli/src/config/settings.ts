import { readFile } from "node:fs/promises";
import type { CommandInput, CommandIo } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { nearEnough } from "../frame/find-command.ts";
import { durationOf, hasFlag, textOf } from "../input.ts";
import type { Config, RootContext } from "./config.ts";
import { type ConfigFile, createConfigFile } from "./config-file.ts";
import { defaultServer, serverUrlOf } from "./server-url.ts";

/** Where the root is, and who asks. */
export interface Settings {
  /** Undefined when only an address was given that no context has: then nothing is kept. */
  contextName: string | undefined;
  /** URL without final slash */
  server: string;
  /** Certificates in PEM */
  ca: string | undefined;
  isInsecure: boolean;
  /** for one answer, milliseconds */
  timeoutMs: number;
  credentials: Credentials;
  config: Config;
  file: ConfigFile;
}

export type Credentials = Pick<
  RootContext,
  "user" | "password" | "organization" | "apiToken" | "accessToken" | "refreshToken"
>;

/** Options go before variables, variables before the file. @throws UsageError, CliError */
export async function readSettings(
  input: CommandInput,
  { env }: Pick<CommandIo, "env">,
): Promise<Settings> {
  const file = createConfigFile(env);
  const config = await file.read();
  const { name, context } = chosenContext(config, input, env);
  const caFile = textOf(input, "ca") ?? given(env["OAK_CA"]) ?? context.ca;
  return {
    contextName: name,
    server: context.server,
    ca: caFile === undefined ? undefined : await readCa(caFile),
    isInsecure: hasFlag(input, "insecure") || context.isInsecure === true,
    timeoutMs: durationOf(input, "timeout") ?? 30_000,
    credentials: credentialsOf(context, env),
    config,
    file,
  };
}

interface Chosen {
  name: string | undefined;
  context: RootContext;
}

function chosenContext(config: Config, input: CommandInput, env: CommandIo["env"]): Chosen {
  const asked = { server: textOf(input, "server"), name: textOf(input, "context") };
  if (asked.server !== undefined && asked.name !== undefined) {
    throw new UsageError("--context and --server both say which root is meant: give one");
  }
  if (asked.server !== undefined) return byServer(config, asked.server);
  if (asked.name !== undefined) return byName(config, asked.name);
  const server = given(env["OAK_SERVER"]);
  if (server !== undefined) return byServer(config, server);
  const name = given(env["OAK_CONTEXT"]);
  if (name !== undefined) return byName(config, name);
  const context = config.contexts[config.current];
  return { name: config.current, context: context ?? { server: defaultServer } };
}

/** The credentials of a root go to that root alone. */
function byServer(config: Config, text: string): Chosen {
  const server = serverUrlOf(text);
  const entries = Object.entries(config.contexts).filter(([, one]) => one.server === server);
  const [name, context] = entries.find(([one]) => one === config.current) ?? entries[0] ?? [];
  return { name, context: context ?? { server } };
}

function byName(config: Config, name: string): Chosen {
  const context = config.contexts[name];
  if (context !== undefined) return { name, context };
  const names = Object.keys(config.contexts);
  const meant = nearEnough(name, names);
  throw new UsageError(
    `there is no context ${JSON.stringify(name)}; ${
      meant === undefined ? `there are: ${names.join(", ") || "none"}` : `did you mean ${meant}?`
    }`,
  );
}

function credentialsOf(context: RootContext, env: CommandIo["env"]): Credentials {
  const token = given(env["OAK_TOKEN"]);
  if (token !== undefined) return { apiToken: token };
  const user = given(env["OAK_USER"]);
  const password = given(env["OAK_PASSWORD"]);
  const organization = given(env["OAK_ORGANIZATION"]);
  if (user !== undefined && password !== undefined) {
    return { user, password, ...(organization !== undefined && { organization }) };
  }
  const { server, ca, isInsecure, ...credentials } = context;
  return credentials;
}

async function readCa(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CliError(`cannot read the certificates in ${path}`, { cause });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new CliError(`${path} holds no certificate in PEM`);
}

function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
