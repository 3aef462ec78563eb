import type { Instance, InstanceKey } from "@oak/contracts";
import { currentObservation } from "@oak/core";
import type { World } from "../world.ts";

/** What the root was told, of which a decision may have missed the last moment. */
export interface Readiness {
  /** It ran for so long, until now or, for all that a decision could know, until a moment ago. */
  wasReady(key: InstanceKey, forMs: number): boolean;
  /** It has been running for long enough for every decision to know. */
  isSurelyReady(key: InstanceKey): boolean;
}

/** A write that was decided before may come so much later. */
const UNKNOWN_MS = 3000;

interface Span {
  mark: string;
  child: string;
  sinceMs: number;
  /** undefined: it goes on */
  untilMs: number | undefined;
}

/** Watches what stands at the root: what no report says, and clusters that are silent, do not count. */
export function watchReadiness({ rootDisk, time }: World): Readiness {
  const spans = new Map<InstanceKey, Span>();
  const silentSinceMs = new Map<string, number>();
  rootDisk.candidates.onChange((id, before, after) => {
    if (after?.liveness === before?.liveness) return;
    if (after?.liveness === "alive") silentSinceMs.delete(id);
    else silentSinceMs.set(id, time.nowMs());
  });
  rootDisk.instances.onChange((key, _before, after) => {
    const mark = after === undefined ? undefined : runningMark(after);
    const known = spans.get(key);
    if (known?.mark === mark && known?.untilMs === undefined) return;
    if (mark !== undefined) {
      const child = after?.child ?? "";
      spans.set(key, { mark, child, sinceMs: time.nowMs(), untilMs: undefined });
    } else if (known !== undefined) known.untilMs ??= time.nowMs();
  });
  /** Until when it was ready, were it to be asked now. */
  const endMs = ({ untilMs, child }: Span): number =>
    Math.min(
      untilMs ?? Number.POSITIVE_INFINITY,
      silentSinceMs.get(child) ?? Number.POSITIVE_INFINITY,
    );
  return {
    wasReady: (key, forMs) => {
      const span = spans.get(key);
      if (span === undefined) return false;
      const lastMs = Math.min(endMs(span), time.nowMs());
      return time.nowMs() - lastMs <= UNKNOWN_MS && lastMs - span.sinceMs >= forMs;
    },
    isSurelyReady: (key) => {
      const span = spans.get(key);
      const isOn = span !== undefined && endMs(span) === Number.POSITIVE_INFINITY;
      return isOn && time.nowMs() - span.sinceMs > UNKNOWN_MS;
    },
  };
}

/** Another copy, or the same one after a restart, has to show itself anew. */
function runningMark(instance: Instance): string | undefined {
  const seen = currentObservation(instance);
  if (instance.phase !== "assigned" || seen?.status !== "RUNNING") return undefined;
  return `${seen.epoch}.${seen.placement}.${seen.restarts ?? 0}`;
}
