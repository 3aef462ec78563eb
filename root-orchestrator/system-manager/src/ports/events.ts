import type { EventSubject } from "@oak/contracts";
import type { EventReason } from "@oak/core";

/** Whose an event is: as the service or application that it is about. Without: for those who run the root. */
export interface EventOwner {
  /** user name */
  owner: string;
  owner_id?: string | undefined;
  organization_id?: string | undefined;
}

/** Something that has happened. */
export interface NewEvent {
  reason: EventReason;
  /** one sentence for people */
  message: string;
  about?: EventSubject;
  owner?: EventOwner | undefined;
  /** the user who did it */
  actor?: string | undefined;
  /** Unix seconds; absent: now */
  at?: number | undefined;
}

/** Where everything that happens is told. */
export interface Events {
  /**
   * Costs next to nothing, never throws and never waits: an event is stored a moment later, or, should the database be
   * away for long, lost and counted.
   */
  record(event: NewEvent): void;
}

/** For parts that are wired without events. */
export const noEvents: Events = { record: () => undefined };
