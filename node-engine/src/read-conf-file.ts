import { readFile } from "node:fs/promises";
import { CONF_FILE, confRemarks, confVariables, parseConf } from "@oak/contracts/worker";
import type { Environment } from "@oak/kit";

/** The environment, and what `conf.json` adds to it. */
export interface WithConfFile {
  env: Environment;
  /** What of the file does not count, and why: a sentence each. */
  remarks: readonly string[];
}

/**
 * upstream: settings stand in `conf.json`. Here a variable goes before them, and they count for what no variable says.
 * @throws Error that names the file when it cannot be understood
 */
export async function withConfFile(env: Environment): Promise<WithConfFile> {
  const file = env["OAK_CONF_FILE"] || CONF_FILE;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return { env, remarks: [] };
  try {
    const conf = parseConf(text);
    const told = Object.entries(confVariables(conf));
    const isSet = (name: string): boolean => (env[name] ?? "").trim() !== "";
    const overruled = told.filter(([name, value]) => isSet(name) && env[name] !== value);
    const added = Object.fromEntries(told.filter(([name]) => !isSet(name)));
    return {
      env: { ...env, ...added },
      remarks: [
        ...confRemarks(conf),
        ...overruled.map(([name, value]) => `${name} says otherwise than ${value}, and counts`),
      ],
    };
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
