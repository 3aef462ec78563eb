import { fileURLToPath } from "node:url";
import type { FailPoint } from "@oak/kit";
import type { StartExtras } from "./service-process.ts";

export interface FailAtOptions {
  /** What it must be about, for example an instance `<job id>/<number>`, a service or a topic. */
  about?: RegExp;
  /** At which of those hits; the first by default. */
  hit?: number;
}

/** The compiled one, from `src` as from `dist`: a service loads it without anything that reads TypeScript. */
const hook = fileURLToPath(new URL("../../dist/processes/fail-point-hook.js", import.meta.url));

/** For one start of a service: it kills itself when it comes to that point. */
export function failAt(
  point: FailPoint,
  { about = /^/, hit = 1 }: FailAtOptions = {},
): StartExtras {
  return {
    nodeFlags: ["--import", hook],
    env: { FAIL_POINT: point, FAIL_POINT_ABOUT: about.source, FAIL_POINT_HIT: String(hit) },
  };
}
