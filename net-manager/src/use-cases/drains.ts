import type { NetIdle } from "@oak/contracts";
import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import type { DataPlane } from "../ports.ts";
import type { Attachment, AttachmentBook } from "./attachment-book.ts";
import type { TranslationTable } from "./translation-table.ts";

/** Sees to it that a copy that a move has left does not wait longer than its connections. */
export interface Drains {
  readonly loop: Loop;
  /** Copies here that are left, and to which nothing has been connected for a while. */
  idle(): NetIdle[];
}

export interface DrainsOptions {
  plane: Pick<DataPlane, "hasOpen">;
  attachments: Pick<AttachmentBook, "all">;
  table: Pick<TranslationTable, "named">;
  /** Without connections, until a copy counts as idle. */
  quietMs?: number;
  clock: Clock;
  random(): number;
  logger: Logger;
  metrics: Metrics;
}

const everyMs = 1_000;
/** Others hear of the move at about the same time, and what they had sent off before is on its way. */
const defaultQuietMs = 3_000;

export function createDrains(options: DrainsOptions): Drains {
  const { plane, attachments, table, clock, quietMs = defaultQuietMs } = options;
  /** By slot. */
  const quietSinceMs = new Map<string, number>();

  const isLeft = ({ service, number, slot }: Attachment): boolean => {
    const instance = table.named(service)?.instances.find((one) => one.number === number);
    const { draining = [] } = instance ?? {};
    return draining.some(({ namespace }) => namespace.v4 === slot.namespace.v4);
  };

  const look = async (): Promise<void> => {
    const left = new Map(
      attachments
        .all()
        .filter(isLeft)
        .map(({ slot }) => [slot.id, slot]),
    );
    for (const id of quietSinceMs.keys()) if (!left.has(id)) quietSinceMs.delete(id);
    for (const { id, namespace } of left.values()) {
      if (await plane.hasOpen(namespace)) quietSinceMs.delete(id);
      else if (!quietSinceMs.has(id)) quietSinceMs.set(id, clock.monotonicMs());
    }
  };

  return {
    loop: createLoop({
      ...options,
      name: "drains",
      everyMs: Math.min(everyMs, quietMs),
      startDelayMs: everyMs,
      run: look,
    }),
    idle: () => {
      const limitMs = clock.monotonicMs() - quietMs;
      return attachments.all().flatMap((attachment): NetIdle[] => {
        const { service, number, slot, pair } = attachment;
        const sinceMs = quietSinceMs.get(slot.id);
        if (sinceMs === undefined || sinceMs > limitMs) return [];
        // Between two looks the instance may have come back.
        if (pair === undefined || !isLeft(attachment)) return [];
        return [{ serviceName: service, instanceNumber: number, ...pair }];
      });
    },
  };
}
