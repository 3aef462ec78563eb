import { createSession, type LoginNames, type Session } from "../../api/session.ts";
import { createTransport } from "../../api/transport.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { withContext } from "../../config/config.ts";
import { serverUrlOf } from "../../config/server-url.ts";
import type { Settings } from "../../config/settings.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag, textOf } from "../../input.ts";

export async function logIn(input: CommandInput, context: CommandContext): Promise<number> {
  const [address] = argumentsOf(input, { optional: ["SERVER"] });
  if (textOf(input, "token") !== undefined && hasFlag(input, "password-stdin")) {
    throw new UsageError("--token and --password-stdin exclude each other");
  }
  const known = await context.settings();
  const server = address === undefined ? known.server : serverUrlOf(address);
  const settings: Settings = { ...known, server, contextName: undefined, credentials: {} };
  const name = textOf(input, "name") ?? nameFor(server, known);
  const transport = await createTransport(settings);
  try {
    const session = createSession(settings, transport);
    const kept = await proveSelf(input, context, session);
    await known.file.update((config) => ({
      ...withContext(config, name, {
        ...blank,
        server,
        ca: textOf(input, "ca") ?? config.contexts[name]?.ca,
        ...(hasFlag(input, "insecure") && { isInsecure: true }),
        ...kept,
      }),
      current: name,
    }));
  } finally {
    transport.close();
  }
  const who = textOf(input, "token") === undefined ? "logged in" : "the token is kept";
  await context.out.done(`${who}: ${server} is now context ${name}`, { context: name, server });
  return exitCodes.fine;
}

/** Nothing of an earlier account stays. */
const blank = {
  user: undefined,
  password: undefined,
  organization: undefined,
  apiToken: undefined,
  accessToken: undefined,
  refreshToken: undefined,
};

async function proveSelf(input: CommandInput, context: CommandContext, session: Session) {
  const token = textOf(input, "token");
  if (token !== undefined) {
    const apiToken = (token === "" ? await context.io.readInput() : token).trim();
    if (!/^[\x21-\x7e]+$/.test(apiToken)) throw new UsageError("that is no token");
    return { apiToken };
  }
  const names = await askNames(input, context);
  const { accessToken, refreshToken } = await session.login(names);
  return { accessToken, refreshToken, user: names.user, organization: names.organization };
}

async function askNames(input: CommandInput, { io }: CommandContext): Promise<LoginNames> {
  const organization = textOf(input, "organization") ?? given(io.env["OAK_ORGANIZATION"]);
  const named = textOf(input, "user") ?? given(io.env["OAK_USER"]);
  if (hasFlag(input, "password-stdin")) {
    const password = (await io.readInput()).replace(/\r?\n$/, "");
    return { user: named ?? "Admin", password, organization };
  }
  const fromEnv = given(io.env["OAK_PASSWORD"]);
  if (fromEnv !== undefined) return { user: named ?? "Admin", password: fromEnv, organization };
  if (!io.canAsk) {
    throw new CliError("there is no terminal to ask for the password on", {
      exitCode: exitCodes.wrongUse,
      advice: ["--password-stdin reads it from standard input, OAK_PASSWORD from the environment"],
    });
  }
  const user = named ?? ((await io.ask("User [Admin]: ")).trim() || "Admin");
  return { user, password: await io.ask("Password: ", { hidden: true }), organization };
}

/** The context that is this root already, or a new one by the name of its host. */
function nameFor(server: string, { contextName, config }: Settings): string {
  const names = Object.keys(config.contexts);
  const chosen = contextName === undefined ? undefined : config.contexts[contextName];
  if (
    contextName !== undefined &&
    (chosen === undefined ? names.length === 0 : chosen.server === server)
  ) {
    return contextName;
  }
  const same = names.find((name) => config.contexts[name]?.server === server);
  if (same !== undefined) return same;
  const { host, hostname } = new URL(server);
  return [hostname, host, server].find((name) => !names.includes(name)) ?? server;
}

function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
