import { nextEventId } from "../../domain/events/event-id.ts";
import type { StoredEvent } from "../../domain/events/event-query.ts";
import type { Repetition } from "../../ports/event-store.ts";

/** An event before it has its id. */
export type UnnumberedEvent = Omit<StoredEvent, "id">;

/** What one write has to store. */
export interface Folded {
  added: StoredEvent[];
  repeated: Repetition[];
}

/** Turns what happens over and over into one event that is counted, so that what flaps does not hide the rest. */
export interface EventFolder {
  fold(events: readonly UnnumberedEvent[], nowMs: number): Folded;
  /** Ids go on above this one. */
  startAbove(id: number): void;
}

/** Equal events of this time belong together, in seconds. */
const windowS = 60;
/** So many of them are told one by one: short stories keep their order. */
const toldOneByOne = 3;
/** More subjects than this are not watched at once; the one that was quiet for longest is forgotten. */
const watchedAtMost = 4_000;

interface Watched {
  sinceS: number;
  told: number;
  /** the latest that was told */
  latest: StoredEvent;
}

export function createEventFolder(): EventFolder {
  const watched = new Map<string, Watched>();
  let lastId = 0;

  const watch = (key: string, entry: Watched): void => {
    // Entered anew, so that the map is in the order of use.
    watched.delete(key);
    watched.set(key, entry);
    const [oldest] = watched.keys();
    if (watched.size > watchedAtMost && oldest !== undefined) watched.delete(oldest);
  };

  return {
    startAbove: (id) => {
      lastId = Math.max(lastId, id);
    },
    fold: (events, nowMs) => {
      const added = new Map<number, StoredEvent>();
      const repeated = new Map<number, Repetition>();
      for (const event of events) {
        const key = keyOf(event);
        const known = recent(watched.get(key), event);
        if (known !== undefined && known.told >= toldOneByOne) {
          const repetition = repeatedAs(known.latest, event);
          // What is stored with this very write has it already.
          if (!added.has(repetition.id)) repeated.set(repetition.id, repetition);
          watch(key, known);
          continue;
        }
        lastId = nextEventId(lastId, nowMs);
        const latest = { id: lastId, ...event };
        added.set(lastId, latest);
        const { told, sinceS } = known ?? { told: 0, sinceS: event.at };
        watch(key, { sinceS, told: told + 1, latest });
      }
      return { added: [...added.values()], repeated: [...repeated.values()] };
    },
  };
}

function recent(known: Watched | undefined, { at }: UnnumberedEvent): Watched | undefined {
  return known !== undefined && at - known.sinceS < windowS ? known : undefined;
}

/** Counts the event in the one before. */
function repeatedAs(latest: StoredEvent, { at: last_at, message }: UnnumberedEvent): Repetition {
  const count = (latest.count ?? 1) + 1;
  Object.assign(latest, { count, last_at, message });
  return { id: latest.id, count, last_at, message };
}

/** What has to be the same; sentences may differ in a number. */
function keyOf(event: UnnumberedEvent): string {
  const { reason, application_id, service_id, instance_number, cluster_id, node_id, actor } = event;
  const about = [application_id, service_id, instance_number, cluster_id, node_id, actor];
  // An audit event says what it is about in its sentence alone.
  const sentence = reason === "account_changed" ? event.message : "";
  return [reason, ...about, sentence].join("\n");
}
