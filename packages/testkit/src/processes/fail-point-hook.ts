import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";
// Not all of the kit: a bundle has its own, and loading it twice would be half of the start.
import { FAIL_POINT_CHANNEL, FAIL_POINTS, type FailPointHit } from "@oak/kit/fail-point";

/*
 * Loaded before a service (`node --import`): ends the process at a fail point, as kill -9 would just then.
 * See `failAt`.
 */

const { FAIL_POINT: point = "", FAIL_POINT_ABOUT = "", FAIL_POINT_HIT } = process.env;
const about = new RegExp(FAIL_POINT_ABOUT);
const wanted = Number(FAIL_POINT_HIT ?? 1);
let hits = 0;

if (!FAIL_POINTS.some((name) => name === point)) throw new Error(`No fail point ${point}`);

subscribe(FAIL_POINT_CHANNEL, (message) => {
  const hit = message as FailPointHit;
  if (hit.point !== point || !about.test(hit.about)) return;
  hits += 1;
  if (hits < wanted) return;
  writeSync(process.stderr.fd, `--- killed at ${hit.point} of ${hit.about}\n`);
  process.kill(process.pid, "SIGKILL");
});
