import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { runCli } from "../src/cli.ts";
import { commands } from "../src/commands.ts";
import type { Config } from "../src/config/config.ts";

export interface Said {
  code: number;
  out: string;
  err: string;
}

export interface Circumstances {
  env?: Record<string, string>;
  /** Standard input */
  input?: string;
  isTerminal?: boolean;
  width?: number;
  /** What a person answers, in this order. */
  answers?: string[];
}

/** `oak` within this process, with a home folder of its own that ends with the test. */
export interface TestCli {
  home: string;
  configPath: string;
  oak(words: readonly string[] | string, circumstances?: Circumstances): Promise<Said>;
  /** Writes the file as `oak` would. */
  remember(config: Partial<Config>): Promise<void>;
  remembered(): Promise<Config>;
}

export async function aCli(): Promise<TestCli> {
  const home = await mkdtemp(join(tmpdir(), "oak-cli-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const configPath = join(home, ".config", "oak", "config.json");
  const oak: TestCli["oak"] = async (line, circumstances = {}) => {
    const { env = {}, input = "", isTerminal = false, width, answers } = circumstances;
    const said = { out: "", err: "" };
    const words = typeof line === "string" ? line.split(" ").filter((one) => one !== "") : line;
    const code = await runCli(words, commands, {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      env: { HOME: home, ...env },
      isTerminal,
      isErrTerminal: false,
      canAsk: answers !== undefined,
      width,
      readInput: async () => input,
      ask: async (question) => {
        said.err += question;
        return answers?.shift() ?? "";
      },
    });
    return { code, ...said };
  };
  return {
    home,
    configPath,
    oak,
    remember: async (config) => {
      await mkdir(dirname(configPath), { recursive: true, mode: 0o700 });
      const whole = { current: "default", contexts: {}, values: {}, ...config };
      await writeFile(configPath, JSON.stringify(whole), { mode: 0o600 });
    },
    remembered: async () => JSON.parse(await readFile(configPath, "utf8")) as Config,
  };
}
