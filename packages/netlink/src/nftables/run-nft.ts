import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { libc, succeeded } from "../libc.ts";
import { inNamespace } from "../namespace.ts";

const closeOnExec = 1;
const maxComplaintBytes = 16 * 1024;

/**
 * Has the program `nft` carry out a file in one transaction.
 * @throws {Error} with what the program said
 */
export const runNft = (program: string, namespace: number, ruleset: string): Promise<void> => {
  // The program opens its standard input by name, which it cannot do with the sockets that Node makes for it.
  const fd = succeeded("hold ruleset", libc().memfdCreate("ruleset", closeOnExec));
  try {
    // By position, so that the one that the child shares stays at the start.
    const bytes = Buffer.from(ruleset);
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(fd, bytes, at, bytes.length - at, at);
    }
    return finished(
      inNamespace(namespace, () => spawn(program, ["-f", "-"], { stdio: [fd, "ignore", "pipe"] })),
    );
  } finally {
    closeSync(fd);
  }
};

const finished = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (complaint.length < maxComplaintBytes) complaint += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`nft ended with ${code ?? signal}: ${complaint.trim()}`));
    });
  });
