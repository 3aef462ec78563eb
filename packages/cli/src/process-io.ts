import type { CommandIo } from "./command.ts";
import { CliError } from "./errors.ts";

/** The streams and variables of a process. */
export function createProcessIo(process: NodeJS.Process): CommandIo {
  const { stdin, stdout, stderr, env } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    env,
    isTerminal: stdout.isTTY === true,
    isErrTerminal: stderr.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    // Serial lines and some containers have terminals that say 0.
    width: stdout.isTTY === true && stdout.columns > 0 ? stdout.columns : undefined,
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    },
    ask: (question, how) => ask(process, question, how?.hidden === true),
  };
}

async function ask(process: NodeJS.Process, question: string, isHidden: boolean): Promise<string> {
  const { stdin, stderr } = process;
  const [{ createInterface }, { Writable }] = await Promise.all([
    import("node:readline"),
    import("node:stream"),
  ]);
  // What the terminal would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isHidden ? nowhere : stderr;
  const lines = createInterface({ input: stdin, output, terminal: true });
  if (isHidden) stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("close", () => reject(new CliError("nothing was answered")));
      // As without a question: Ctrl-C ends the process, and its shell knows why.
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      lines.question(isHidden ? "" : question, resolve);
    });
  } finally {
    lines.close();
    if (isHidden) stderr.write("\n");
  }
}
