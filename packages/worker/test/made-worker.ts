import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bootMachine, type Machine } from "./machine.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../../scripts/worker-archive.mjs", import.meta.url));
const farSide = fileURLToPath(new URL("machine/far-side.mjs", import.meta.url));

/** What is in the archive of a worker, made of this checkout, in a folder of its own. */
export interface MadeWorker {
  folder: string;
  remove(): Promise<void>;
}

export async function makeWorker(): Promise<MadeWorker> {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-made-worker-"));
  await run(process.execPath, [script, "--folder", folder]);
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

export const joinSecret = "workers-join-with-this";
/** Where a test puts what it needs on a machine. */
export const testFolder = "/var/lib/test";
export const installer = `${testFolder}/worker/install-worker.sh`;

/** A machine with the unpacked archive, beside which a cluster and an engine answer. */
export async function bootWithWorker(
  { folder }: MadeWorker,
  { apiVersion = "1.41" } = {},
): Promise<Machine> {
  const machine = await bootMachine();
  try {
    await machine.copy(folder, `${testFolder}/worker`);
    await machine.run(["chmod", "755", `${testFolder}/worker`]);
    await machine.copy(farSide, `${testFolder}/far-side.mjs`);
    await machine.launch(["node", `${testFolder}/far-side.mjs`, joinSecret, apiVersion]);
    return machine;
  } catch (error) {
    await machine.close();
    throw error;
  }
}

/** Options with which an installation succeeds there. */
export const goodOptions = [
  ...["--cluster", "127.0.0.1", "--allow-loopback"],
  ...["--join-secret", joinSecret],
];
