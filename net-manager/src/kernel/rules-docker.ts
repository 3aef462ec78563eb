import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RulesOptions } from "./rules-port.ts";

/**
 * Docker's engine has the kernel drop whatever is forwarded and not its own. A table of ours can't overrule that: each table has a
 * veto. Docker leaves one chain to its users and never touches what is in it; there we let pass what our own table judges.
 */
export interface DockerRules {
  /** Does nothing where there is no such chain, or no `iptables`. What is there already stays. */
  add(options: Pick<RulesOptions, "bridge" | "tun">): Promise<void>;
  /** Takes out what {@link add} ever put in. */
  remove(): Promise<void>;
}

/** Carries out a program, and answers what it prints. Rejects when it fails or is not there. */
export type Run = (program: string, args: readonly string[]) => Promise<string>;

const PROGRAMS = ["iptables", "ip6tables"];
const CHAIN = "DOCKER-USER";
/** By this our rules are known. */
const COMMENT = "net-manager: judged by its own table";

export function createDockerRules(run: Run = runProgram): DockerRules {
  const holds = (program: string, rule: readonly string[]): Promise<boolean> =>
    run(program, ["-w", "-C", CHAIN, ...rule]).then(
      () => true,
      () => false,
    );
  const add = async (program: string, rules: readonly string[][]): Promise<void> => {
    if (!(await hasChain(program, run))) return;
    for (const rule of rules) {
      if (!(await holds(program, rule))) await run(program, ["-w", "-I", CHAIN, ...rule]);
    }
  };
  const remove = async (program: string): Promise<void> => {
    for (const rule of await ownRules(program, run)) await run(program, ["-w", "-D", ...rule]);
  };

  return {
    async add({ bridge, tun }) {
      const rules = [
        ["-i", bridge],
        ["-o", bridge],
        ["-i", tun],
      ].map((match) => [...match, "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"]);
      for (const program of PROGRAMS) await add(program, rules);
    },
    async remove() {
      for (const program of PROGRAMS) await remove(program);
    },
  };
}

const hasChain = (program: string, run: Run): Promise<boolean> =>
  run(program, ["-w", "-S", CHAIN]).then(
    () => true,
    () => false,
  );

/** Arguments behind `-A` of our rules; the comment is the only one in quotes. */
async function ownRules(program: string, run: Run): Promise<string[][]> {
  const listing = await run(program, ["-w", "-S", CHAIN]).catch(() => "");
  return listing
    .split("\n")
    .filter((line) => line.startsWith("-A ") && line.includes(`"${COMMENT}"`))
    .map((line) => {
      const [before = "", after = ""] = line.slice("-A ".length).split(`"${COMMENT}"`);
      return [...words(before), COMMENT, ...words(after)];
    });
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

const runProgram: Run = async (program, args) =>
  (await promisify(execFile)(program, [...args], { timeout: 10_000 })).stdout;
