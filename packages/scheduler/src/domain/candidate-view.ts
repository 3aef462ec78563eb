import type { Candidate, Feed } from "@oak/contracts";
import { type CandidateTable, createCandidateTable } from "@oak/core";

/** The candidates as the resource abstractor last told them. */
export interface CandidateView {
  readonly table: CandidateTable;
  /** Cursor for the next poll; "" before the first answer. */
  readonly cursor: string;
  /** Monotonic milliseconds of the last answer; undefined before the first. */
  readonly fedAtMs: number | undefined;
  apply(feed: Feed<Candidate>, nowMs: number): void;
}

export function createCandidateView(): CandidateView {
  const table = createCandidateTable();
  let cursor = "";
  let fedAtMs: number | undefined;
  return {
    table,
    get cursor() {
      return cursor;
    },
    get fedAtMs() {
      return fedAtMs;
    },
    apply: (feed, nowMs) => {
      if (feed.reset) {
        const told = new Set(feed.items.map((item) => item._id));
        for (const id of table.ids()) if (!told.has(id)) table.remove(id);
      }
      for (const id of feed.removed) table.remove(id);
      for (const item of feed.items) table.upsert(item);
      cursor = feed.cursor;
      fedAtMs = nowMs;
    },
  };
}
