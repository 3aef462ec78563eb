import type { CommandContext, CommandInput } from "../../command.ts";
import { type Config, type RootContext, withContext } from "../../config/config.ts";
import { olderKeys, serverKeys } from "../../config/older-keys.ts";
import { serverUrlOf } from "../../config/server-url.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { nearEnough } from "../../frame/find-command.ts";
import { argumentsOf } from "../../input.ts";

export async function setValue(
  input: CommandInput,
  { out, settings }: CommandContext,
): Promise<number> {
  const [key = "", value = ""] = argumentsOf(input, { required: ["KEY", "VALUE"] });
  const { contextName = "default", file, server } = await settings();
  const change = changeFor(key, value, { name: contextName, server });
  await file.update(change);
  await out.done(value === "" ? `${key} is forgotten` : `${key} is now ${value}`, { [key]: value });
  return exitCodes.fine;
}

type Chosen = Readonly<{ name: string; server: string }>;

function changeFor(key: string, value: string, chosen: Chosen): (config: Config) => Config {
  const { name } = chosen;
  if (serverKeys.includes(key)) return moveTo(value, chosen);
  if (key === "ca") return ofContext(chosen, { ca: value });
  if (key === "insecure") return ofContext(chosen, { isInsecure: isYes(value) });
  if (olderKeys.includes(key)) {
    return (config) => {
      const { [key]: old, ...others } = config.values;
      return { ...config, values: value === "" ? others : { ...others, [key]: value } };
    };
  }
  const keys = [...serverKeys, "ca", "insecure", ...olderKeys];
  const meant = nearEnough(key, keys);
  throw new UsageError(
    `there is no key ${JSON.stringify(key)} of ${name}; ${
      meant === undefined ? `there are: ${keys.join(", ")}` : `did you mean ${meant}?`
    }`,
  );
}

/** What proves us at one root is not sent to another. */
function moveTo(value: string, { name }: Chosen): (config: Config) => Config {
  if (value === "") {
    return (config) => {
      const { [name]: forgotten, ...contexts } = config.contexts;
      return { ...config, contexts };
    };
  }
  const server = serverUrlOf(value);
  return (config) =>
    config.contexts[name]?.server === server
      ? config
      : { ...config, contexts: { ...config.contexts, [name]: { server } }, current: name };
}

function ofContext(
  { name, server }: Chosen,
  change: Pick<Partial<RootContext>, "ca" | "isInsecure">,
): (config: Config) => Config {
  return (config) => withContext(config, name, { server, ...change });
}

function isYes(value: string): boolean {
  if (/^(true|yes|1)$/i.test(value)) return true;
  if (/^(false|no|0|)$/i.test(value)) return false;
  throw new UsageError(`insecure is true or false, not ${JSON.stringify(value)}`);
}
