import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { readFile, stat, statfs } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { FileFacts, Probes, ProgramOutcome } from "../doctor/probes.ts";
import { greetBroker } from "./broker.ts";
import { askHttp } from "./http.ts";

/** The world itself. `limitMs`: how long one probe may take. */
export function createProbes(limitMs: number): Probes {
  return {
    http: (question) => askHttp(question, limitMs),
    broker: (host, port) => greetBroker(host, port, limitMs),
    resolve: (host) =>
      lookup(host, { all: true }).then(
        (found) => [...new Set(found.map(({ address }) => address))],
        () => [],
      ),
    ownAddresses: () =>
      Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address)),
    file: (path) => stat(path).then(factsOf, () => undefined),
    read: (path) => readFile(path, "utf8").catch(() => undefined),
    program: (name, ...args) => runProgram(name, args, limitMs),
    space: (path) =>
      statfs(path).then(
        ({ bavail, blocks, bsize }) => ({ freeBytes: bavail * bsize, totalBytes: blocks * bsize }),
        () => undefined,
      ),
    nowMs: () => Date.now(),
  };
}

function factsOf(stats: Awaited<ReturnType<typeof stat>>): FileFacts {
  const mode = Number(stats.mode) & 0o7777;
  if (stats.isFile()) return { kind: "file", mode };
  if (stats.isDirectory()) return { kind: "folder", mode };
  return { kind: stats.isSocket() ? "socket" : "other", mode };
}

/** Tools of the administrator are not on everybody's path. */
const paths = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function runProgram(
  name: string,
  args: readonly string[],
  timeout: number,
): Promise<ProgramOutcome | undefined> {
  return new Promise((resolve) => {
    const env = { PATH: paths, LC_ALL: "C" };
    execFile(name, [...args], { timeout, env }, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") resolve(undefined);
      else
        resolve({
          code: typeof error?.code === "number" ? error.code : error ? 1 : 0,
          stdout,
          stderr,
        });
    });
  });
}
