import { z } from "zod";
import { runLoad } from "./load.ts";
import { type LoopDelay, takeLoopDelay } from "./loop-delay.ts";
import type { Scene } from "./scene.ts";
import type { Subject } from "./subjects.ts";

export const SIDES = ["ours", "bare"] as const;
export type Side = (typeof SIDES)[number];

/** One block of requests at one side. */
export interface Block {
  subject: string;
  side: Side;
  round: number;
  perSecond: number;
  latenciesMs: number[];
}

/** What was measured of one subject. */
export interface Measured {
  subject: Subject;
  bytes: number;
  blocks: Block[];
  /** of the root, while it was asked */
  loop: LoopDelay;
}

export interface MeasureOptions {
  rounds: number;
  durationMs: number;
  signal: AbortSignal;
}

/**
 * Asks both sides in turns, so that whatever else the machine does falls upon both; the bare one answers with the body
 * that the root gave for the first path.
 */
export async function measure(
  scene: Scene,
  subject: Subject,
  { rounds, durationMs, signal }: MeasureOptions,
): Promise<Measured> {
  const headers = await scene.headers();
  const body = await firstAnswer(scene, subject, headers);
  await scene.bare.give({ [subject.key]: JSON.parse(body) });
  const { method, connections, everyMs } = subject;
  let turn = 0;
  const sides = {
    ours: {
      origin: scene.origin,
      next: () => {
        const path = subject.paths[turn % subject.paths.length] ?? "";
        turn += 1;
        return { method, headers, path };
      },
    },
    bare: { origin: scene.bare.origin, next: () => ({ method, headers, path: `/${subject.key}` }) },
  };
  const blocks: Block[] = [];
  // The first requests compile the code, on either side.
  for (const side of SIDES) {
    await runLoad({ ...sides[side], connections, everyMs, durationMs: warmUpMs });
  }
  await takeLoopDelay(scene.manager);
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      signal.throwIfAborted();
      const result = await runLoad({ ...sides[side], connections, everyMs, durationMs });
      blocks.push({ subject: subject.key, side, round, ...result });
    }
  }
  return { subject, bytes: body.length, blocks, loop: await takeLoopDelay(scene.manager) };
}

const warmUpMs = 1_000;

async function firstAnswer(
  { origin }: Scene,
  { method, paths }: Subject,
  headers: Record<string, string>,
): Promise<string> {
  const response = await fetch(`${origin}${paths[0]}`, { method, headers });
  return z
    .string()
    .min(2)
    .parse(await response.text());
}
