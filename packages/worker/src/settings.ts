import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { CONF_FILE, DEFAULT_CONF, type NodeConf, parseConf } from "@oak/contracts/worker";
import { readVariables, withVariables } from "./env-file.ts";
import { Refusal } from "./world.ts";

export const ENV_FILE = "/etc/oakestra/worker.env";
const netcfgFile = "/etc/netmanager/netcfg.json";

/** A change of what the worker is told: variables, and the same in the form in which Oakestra's tools read it. */
export interface SettingsChange {
  variables?: Readonly<Record<string, string | undefined>>;
  conf?: Partial<NodeConf>;
  netcfg?: Readonly<Record<string, unknown>>;
}

/** The configuration files of a worker below `root`. */
export interface Settings {
  variables(): Promise<Record<string, string>>;
  /** Each file is replaced as a whole; one that is damaged is refused before any is written. */
  change(change: SettingsChange): Promise<void>;
}

export function openSettings(root: string): Settings {
  const place = (file: string): string => path.join(root, file);
  return {
    variables: async () => readVariables(await textOf(place(ENV_FILE))),
    change: async ({ variables, conf, netcfg }) => {
      const writes: [file: string, text: string, mode: number][] = [];
      if (variables !== undefined) {
        const text = await textOf(place(ENV_FILE));
        // It holds the join secret.
        writes.push([ENV_FILE, withVariables(text, variables), 0o600]);
      }
      if (conf !== undefined) {
        const before = await readJson(place(CONF_FILE), CONF_FILE, parseConf);
        writes.push([CONF_FILE, pretty({ ...DEFAULT_CONF, ...before, ...conf }), 0o644]);
      }
      if (netcfg !== undefined) {
        const before = await readJson(place(netcfgFile), netcfgFile, parseObject);
        writes.push([netcfgFile, pretty({ ...before, ...netcfg }), 0o644]);
      }
      for (const [file, text, mode] of writes) await replace(place(file), text, mode);
    },
  };
}

async function readJson<T>(file: string, name: string, parse: (text: string) => T) {
  const text = await textOf(file);
  if (text === "") return undefined;
  try {
    return parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`${name} cannot be read: ${why}. Mend it, or remove it.`);
  }
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error("it is not an object");
}

/** Empty for a file that is not there. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** A reader sees the old text or the new one. */
async function replace(file: string, text: string, mode: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.new`;
  await writeFile(aside, text, { mode });
  await chmod(aside, mode); // one that a crash left behind keeps its mode otherwise
  await rename(aside, file);
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
