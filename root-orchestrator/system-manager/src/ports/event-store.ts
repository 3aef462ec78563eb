import type { EventQuery, StoredEvent } from "../domain/events/event-query.ts";

export interface EventRange {
  /** Only ids above. */
  after?: number | undefined;
  /** Only ids below. */
  before?: number | undefined;
  order: "newest" | "oldest";
  limit: number;
}

/** What of an event grows when the same thing happens again. */
export interface Repetition {
  id: number;
  count: number;
  last_at: number;
  message: string;
}

/** The events of the root. All methods reject when the database cannot be reached. */
export interface EventStore {
  /** Makes the indexes; repeatable. */
  prepare(): Promise<void>;
  /** Ids that are stored already are left as they are. */
  append(events: readonly StoredEvent[]): Promise<void>;
  repeat(repetitions: readonly Repetition[]): Promise<void>;
  find(query: EventQuery, range: EventRange): Promise<StoredEvent[]>;
  /** How many there are above an id; looks no further than `atMost`. */
  countOf(query: EventQuery, range: { after: number; atMost: number }): Promise<number>;
  /** 0 when there is none. */
  newestId(): Promise<number>;
  /** Nearly exact, and cheap. */
  count(): Promise<number>;
  /** Removes the oldest up to an id; answers how many. */
  removeOldest(upTo: number, atMost: number): Promise<number>;
}
