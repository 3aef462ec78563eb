import type { FaultReason } from "../../domain/fault.ts";

/**
 * What a scripted workload does; its image says it:
 *
 * - `fake/ok`, and every image outside `fake/`: runs until it is stopped
 * - `fake/exit:<code>[:after=<time>]`: ends by itself, by default after 100 ms
 * - `fake/crash-loop`: ends with 1 as soon as it runs
 * - `fake/out-of-memory[:after=<time>]`: is killed for its memory limit
 * - `fake/no-command`: cannot be started
 * - `fake/stubborn`: ignores SIGTERM
 * - `fake/missing`: in no registry
 * - `fake/slow-pull[:<time>]`: not on the machine, 10 s to fetch, then as `fake/ok`
 * - `fake/broken-pull`: its registry fails
 *
 * Times are `<number>ms` or `<number>s`.
 */
export interface FakeScript {
  /** undefined: on the machine from the beginning. */
  pull?: { tookMs: number; fault?: FaultReason };
  startFault?: FaultReason;
  /** How it ends by itself. */
  end?: { exitCode: number; afterMs: number; isOutOfMemory: boolean };
  ignoresTerm?: boolean;
}

/** @throws RangeError for an image of `fake/` that is not in the list above. */
export function parseFakeImage(image: string): FakeScript {
  if (!image.startsWith("fake/")) return {};
  const [kind = "", ...args] = image.slice("fake/".length).split(":");
  const make = scripts[kind];
  if (make === undefined) throw new RangeError(`${image}: no such scripted image`);
  return make(args);
}

const scripts: Record<string, (args: readonly string[]) => FakeScript> = {
  ok: () => ({}),
  exit: (args) => ({
    end: { exitCode: Number(args[0] ?? 0), afterMs: after(args, 100), isOutOfMemory: false },
  }),
  "crash-loop": () => ({ end: { exitCode: 1, afterMs: 0, isOutOfMemory: false } }),
  "out-of-memory": (args) => ({
    end: { exitCode: 137, afterMs: after(args, 100), isOutOfMemory: true },
  }),
  "no-command": () => ({ startFault: "command_not_found" }),
  stubborn: () => ({ ignoresTerm: true }),
  missing: () => ({ pull: { tookMs: 50, fault: "image_not_found" } }),
  "slow-pull": ([time]) => ({ pull: { tookMs: time === undefined ? 10_000 : toMs(time) } }),
  "broken-pull": () => ({ pull: { tookMs: 50, fault: "image_pull_failed" } }),
};

function after(args: readonly string[], otherwiseMs: number): number {
  const arg = args.find((text) => text.startsWith("after="));
  return arg === undefined ? otherwiseMs : toMs(arg.slice("after=".length));
}

function toMs(time: string): number {
  const [, digits, unit] = /^(\d+)(ms|s)$/.exec(time) ?? [];
  if (digits === undefined) throw new RangeError(`${time}: a time is <number>ms or <number>s`);
  return Number(digits) * (unit === "s" ? 1_000 : 1);
}
