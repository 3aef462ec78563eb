import type { CommandContext, CommandInput } from "../../command.ts";
import type { Config, RootContext } from "../../config/config.ts";
import { createConfigFile } from "../../config/config-file.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { nearEnough } from "../../frame/find-command.ts";
import { argumentsOf } from "../../input.ts";

/** A context without its secrets. */
export interface ContextRow {
  name: string;
  current: boolean;
  server: string;
  user: string | null;
  /** By what it proves who asks */
  login: "token" | "session" | "password" | "none";
}

export function contextRows({ contexts, current }: Config): ContextRow[] {
  return Object.entries(contexts).map(([name, context]) => ({
    name,
    current: name === current,
    server: context.server,
    user: context.user ?? null,
    login: loginOf(context),
  }));
}

export async function listContexts(
  input: CommandInput,
  { io, out }: CommandContext,
): Promise<number> {
  argumentsOf(input, {});
  const rows = contextRows(await createConfigFile(io.env).read());
  await out.list(rows, {
    columns: [
      { title: "", of: ({ current }) => (current ? "*" : " ") },
      { title: "NAME", of: ({ name }) => name },
      { title: "SERVER", of: ({ server }) => server },
      { title: "USER", of: ({ user }) => user },
      { title: "LOGIN", of: ({ login }) => login },
    ],
    nameOf: ({ name }) => name,
    ifEmpty: "no root is remembered: `oak login SERVER` adds one",
  });
  return exitCodes.fine;
}

export async function useContext(
  input: CommandInput,
  { io, out }: CommandContext,
): Promise<number> {
  const [name = ""] = argumentsOf(input, { required: ["CONTEXT"] });
  await createConfigFile(io.env).update((config) => {
    requireContext(config, name);
    return { ...config, current: name };
  });
  await out.done(`commands go to ${name} now`, { current: name });
  return exitCodes.fine;
}

export async function forgetContext(
  input: CommandInput,
  { io, out }: CommandContext,
): Promise<number> {
  const [name = ""] = argumentsOf(input, { required: ["CONTEXT"] });
  await createConfigFile(io.env).update((config) => {
    requireContext(config, name);
    const { [name]: forgotten, ...contexts } = config.contexts;
    const [next = "default"] = Object.keys(contexts);
    return { ...config, contexts, current: config.current === name ? next : config.current };
  });
  await out.done(`${name} is forgotten`, { forgotten: name });
  return exitCodes.fine;
}

function requireContext({ contexts }: Config, name: string): void {
  if (contexts[name] !== undefined) return;
  const names = Object.keys(contexts);
  const meant = nearEnough(name, names);
  throw new CliError(`there is no context ${JSON.stringify(name)}`, {
    exitCode: exitCodes.notFound,
    advice: [
      meant === undefined ? `There are: ${names.join(", ") || "none"}` : `Did you mean ${meant}?`,
    ],
  });
}

function loginOf({
  apiToken,
  refreshToken,
  accessToken,
  password,
}: RootContext): ContextRow["login"] {
  if (apiToken !== undefined) return "token";
  if ((refreshToken ?? accessToken) !== undefined) return "session";
  return password === undefined ? "none" : "password";
}
