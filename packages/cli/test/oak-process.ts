import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Finding } from "../src/doctor/finding.ts";

/** Beside other tests a service may take its time. */
export const patience = ["--timeout", "10"];

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export const oakProgram = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const script = fileURLToPath(new URL("../../../scripts/doctor.sh", import.meta.url));

/** `oak …` as a process of its own, with nothing of this one's environment but the path. */
export function oak(
  words: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<Ended> {
  return run([process.execPath, oakProgram, ...words], env, input);
}

/** `scripts/doctor.sh …` under the shell that Debian calls sh. */
export function doctorScript(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return run(["/bin/sh", script, ...words, ...patience], env);
}

export interface Told {
  code: number;
  findings: Finding[];
}

/** `oak doctor … -o json`, read. */
export async function doctor(
  words: readonly string[],
  env?: Record<string, string>,
): Promise<Told> {
  const { code, stdout, stderr } = await oak(["doctor", ...words, ...patience, "-o", "json"], env);
  if (stdout === "") throw new Error(stderr);
  return { code, findings: JSON.parse(stdout).findings };
}

/** A program and its end, in the given environment and `PATH`. */
export function run(
  [file = "", ...words]: readonly string[],
  env: Record<string, string>,
  input = "",
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"], ...env }, timeout: 90_000 };
    const child = execFile(file, words, options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout, stderr });
    });
    // What does not read its input may be gone before it is written.
    child.stdin?.on("error", () => undefined).end(input);
  });
}
