import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { CommandContext, CommandInput } from "../../command.ts";
import { createConfigFile } from "../../config/config-file.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { hasFlag } from "../../input.ts";
import { findScript, type Part, scriptNames } from "./scripts.ts";

interface Call {
  input: CommandInput;
  context: CommandContext;
}

/** What is run, and with which variables besides those of this process. */
interface Program {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

export async function installPart(part: Part, { input, context }: Call): Promise<number> {
  const [first, ...others] = input.args;
  // What follows `--` begins with an option of the script.
  const hasVersion = first !== undefined && !first.startsWith("-");
  const args = hasVersion ? others : input.args;
  const script = await scriptFor(part, context);
  const env = { ...(await keptFor(part, context)), ...(hasVersion && { OAK_VERSION: first }) };
  return start({ file: script, args, env }, input, context);
}

export async function uninstallPart(part: Part, { input, context }: Call): Promise<number> {
  const keeps = hasFlag(input, "keep-data");
  const isSure = hasFlag(input, "yes");
  if (part === "worker") {
    const args = ["--uninstall", ...(keeps ? ["--keep-data"] : []), ...input.args];
    return start({ file: await scriptFor(part, context), args, env: {} }, input, context);
  }
  if (!keeps && !isSure && !context.io.canAsk) {
    throw new UsageError(
      "its data and settings would be deleted; off a terminal this needs -y or --keep-data",
    );
  }
  const args = keeps ? ["--down"] : ["--purge", ...(isSure ? ["--yes"] : [])];
  const program = { file: await scriptFor(part, context), args: [...args, ...input.args], env: {} };
  return start(program, input, context);
}

export async function runNodeEngine(input: CommandInput, context: CommandContext): Promise<number> {
  const { PATH = "" } = context.io.env;
  const folders = [...PATH.split(":"), "/usr/local/bin", "/opt/oak/bin"];
  const file = folders.map((folder) => `${folder}/NodeEngine`).find((path) => existsSync(path));
  if (file === undefined) {
    throw new CliError("this machine is no worker: there is no NodeEngine", {
      exitCode: exitCodes.notFound,
      advice: ["`oak install worker` makes it one"],
    });
  }
  return start({ file, args: input.args, env: {} }, input, context);
}

async function scriptFor(part: Part, { io }: CommandContext): Promise<string> {
  const { values } = await createConfigFile(io.env).read();
  const script = findScript(part, values["main_oak_repo_path"]);
  if (script !== undefined) return script;
  const name = scriptNames[part];
  throw new CliError(`${name} is not on this machine`, {
    exitCode: exitCodes.notFound,
    advice:
      part === "worker"
        ? [
            "Unpack the archive of a worker (oak-worker_*.tar.gz) and run, in its folder:",
            "  sudo ./install-worker.sh --cluster ADDRESS --join-secret SECRET",
          ]
        : [
            `In a clone of the repository, run: scripts/${name}`,
            "or tell where the clone is: oak config set main_oak_repo_path FOLDER",
          ],
  });
}

/** Names and addresses that are kept, as the variables of the scripts; those of this process go before them. */
async function keptFor(part: Part, { io }: CommandContext): Promise<Record<string, string>> {
  const { values, contexts, current } = await createConfigFile(io.env).read();
  const server = contexts[current]?.server;
  const root = server === undefined ? undefined : new URL(server).hostname.replace(/^\[|\]$/g, "");
  const kept: Record<Part, Readonly<Record<string, string | undefined>>> = {
    root: {},
    cluster: {
      SYSTEM_MANAGER_URL: root,
      CLUSTER_NAME: values["cluster_name"],
      CLUSTER_LOCATION: values["cluster_location"],
    },
    full: { CLUSTER_NAME: values["cluster_name"], CLUSTER_LOCATION: values["cluster_location"] },
    worker: { CLUSTER_ADDRESS: values["cluster_manager_ip"] },
  };
  const known = Object.entries(kept[part]).flatMap(([name, value]) =>
    value === undefined || (io.env[name] ?? "") !== "" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(known);
}

function start(
  { file, args, env }: Program,
  input: CommandInput,
  { io, out }: CommandContext,
): Promise<number> {
  if (hasFlag(input, "dry-run")) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
    out.text(`${[...variables, quoted(file), ...args.map(quoted)].join(" ")}\n`);
    return Promise.resolve(exitCodes.fine);
  }
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", env: { ...io.env, ...env } });
    child.once("error", (cause) => reject(new CliError(`cannot run ${file}`, { cause })));
    child.once("close", (code) => resolve(code ?? exitCodes.failed));
  });
}

/** As a shell would read it again. */
function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
