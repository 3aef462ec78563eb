import type { CommandIo } from "./command.ts";

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
    width: stdout.isTTY === true ? stdout.columns : undefined,
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    },
    ask: (question, how) => ask(process, question, how?.hidden === true),
  };
}

async function ask(
  { stdin, stderr }: NodeJS.Process,
  question: string,
  isHidden: boolean,
): Promise<string> {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import("node:readline/promises"),
    import("node:stream"),
  ]);
  stderr.write(question);
  // What the terminal would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: stdin,
    output: isHidden ? nowhere : stderr,
    terminal: true,
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("close", () => reject(new Error("nothing was answered")));
      lines.once("SIGINT", () => reject(new Error("ended")));
      lines.question("").then(resolve, reject);
    });
  } finally {
    lines.close();
    if (isHidden) stderr.write("\n");
  }
}
