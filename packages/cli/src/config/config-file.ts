import { chmod, lstat, mkdir, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { writeDurably } from "@oak/kit/durable-file";
import { CliError } from "../errors.ts";
import { type Config, configText, readConfig } from "./config.ts";
import { withFileLock } from "./file-lock.ts";
import { readOlderConfig } from "./older-config.ts";

/** The file with roots and credentials; nobody but its owner may read it. */
export interface ConfigFile {
  path: string;
  /** Without a file: what an older command line tool has left, or nothing. @throws CliError */
  read(): Promise<Config>;
  /**
   * Reads, changes and writes while no other `oak` does. `change` may take its time and may answer undefined to leave the
   * file alone. @throws CliError
   */
  update(
    change: (config: Config) => Promise<Config | undefined> | Config | undefined,
  ): Promise<void>;
}

export function createConfigFile(env: Readonly<Record<string, string | undefined>>): ConfigFile {
  const home = homeOf(env);
  const path = pathOf(env, home);
  const read = async (): Promise<Config> => {
    const text = await readPrivate(path);
    return text === undefined ? await readOlderConfig(home) : readConfig(text, path);
  };
  return {
    path,
    read,
    update: async (change) => {
      await makeFolder(dirname(path));
      await withFileLock(`${path}.lock`, async () => {
        const changed = await change(await read());
        if (changed !== undefined) await writeDurably(path, configText(changed));
      }).catch((error: unknown) => {
        throw error instanceof CliError ? error : cannot("write", path, error);
      });
    },
  };
}

/** Never the folder of the moment, in which a file may be anybody's. */
function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  const home = env["HOME"] ?? "";
  if (home !== "") return home;
  try {
    return userInfo().homedir;
  } catch {
    // An account that the machine does not know, as in some containers.
    return "/nonexistent";
  }
}

function pathOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const own = env["OAK_CONFIG"] ?? "";
  if (own !== "") return own;
  const base = env["XDG_CONFIG_HOME"] ?? "";
  return join(base === "" ? join(home, ".config") : base, "oak", "config.json");
}

/** @returns undefined when there is no such file */
async function readPrivate(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new CliError(`${path} holds credentials and others may read it`, {
        advice: [
          `chmod 600 ${path}`,
          "and change what may have been read: `oak logout`, `oak login`",
        ],
      });
    }
    await refuseOpenFolder(dirname(path));
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof CliError) throw error;
    // Accounts of services have homes such as /nonexistent and /dev/null.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cannot("read", path, error);
  }
}

/** Whoever may write to the folder may exchange the file. A sticky folder such as /tmp prevents that. */
async function refuseOpenFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o022) === 0 || (mode & 0o1000) !== 0) return;
  throw new CliError(`others may write to ${folder}, where credentials are kept`, {
    advice: [`chmod 700 ${folder}`],
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // The mask of the process may have taken more than it should, never less.
    if (made !== undefined) await chmod(folder, 0o700);
    if (!(await lstat(folder)).isDirectory()) return;
    await refuseOpenFolder(folder);
  } catch (error) {
    throw error instanceof CliError ? error : cannot("make", folder, error);
  }
}

function cannot(verb: string, path: string, cause: unknown): CliError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new CliError(`cannot ${verb} ${path} (${reason})`, {
    cause,
    advice: ["OAK_CONFIG=FILE chooses another one"],
  });
}
