import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { type Config, emptyConfig, withContext } from "./config.ts";
import { olderKeys, serverKeys } from "./older-keys.ts";
import { serverUrlOf } from "./server-url.ts";

/** What Oakestra's own tools have left in the home folder, the newer one's first; of the empty kind when there is nothing. */
export async function readOlderConfig(home: string): Promise<Config> {
  const folder = join(home, "oak_cli");
  const newer = await readText(join(folder, ".oak_go_cli_config.json"));
  if (newer !== undefined) return configOf(fromJson(newer));
  const older = await readText(join(folder, ".oak_cli_config"));
  return older === undefined ? emptyConfig : configOf(fromIni(older));
}

function configOf(found: ReadonlyMap<string, string>): Config {
  const values = Object.fromEntries(olderKeys.flatMap((key) => pairOf(found, key)));
  const config = { ...emptyConfig, values };
  const address = serverKeys.map((key) => found.get(key)).find((one) => (one ?? "") !== "");
  const server = address === undefined ? undefined : serverOrNothing(address);
  if (server === undefined) return config;
  const user = found.get("username");
  const password = found.get("password");
  return withContext(config, config.current, { server, user, password });
}

function pairOf(found: ReadonlyMap<string, string>, key: string): (readonly [string, string])[] {
  const value = found.get(key);
  return value === undefined || value === "" ? [] : [[key, value]];
}

/** Texts at any depth, by their key in small letters. */
function fromJson(text: string): Map<string, string> {
  const found = new Map<string, string>();
  try {
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value === "string") found.set(key.toLowerCase(), value);
      return value;
    });
  } catch {
    // Not ours to complain about.
  }
  return found;
}

function fromIni(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^\s*([^#;=[\s]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found.set(key.toLowerCase(), value);
  }
  return found;
}

function serverOrNothing(text: string): string | undefined {
  try {
    return serverUrlOf(text);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
