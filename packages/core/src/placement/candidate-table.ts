import type { Candidate } from "@oak/contracts";
import type { Columns } from "./columns.ts";
import { type Entry, factsOf, type Reservation } from "./entry.ts";
import {
  addReservation,
  attach,
  createTableState,
  detach,
  openReservations,
  removeReservation,
  takeSlot,
} from "./table-state.ts";
import type { TraitsPool } from "./traits.ts";

/**
 * The candidates of one tier as placement reads them. A change costs what is in the one candidate that it
 * concerns, whatever the number of candidates. A decision and the changes before it are synchronous,
 * so nothing is ever seen half changed.
 */
export interface CandidateTable {
  readonly size: number;
  /**
   * Takes over a document. Reservations stay, less those that it confirms: for each hold of a service
   * that it shows more than before, the oldest reservation of that service ends.
   */
  upsert(candidate: Candidate): void;
  /** Forgets a candidate and its reservations; unknown ids are ignored. */
  remove(id: string): void;
  /** Every id that is known, for a caller that compares with a full list. */
  ids(): string[];
  /** Counts a proposal until {@link release}; the same key replaces. False when the id is not known. */
  reserve(id: string, key: string, reservation: Reservation): boolean;
  release(id: string, key: string): void;
  /** For scans; good until the next change. */
  readonly rows: Rows;
}

/** Read access by slot: slots below `length`, empty ones among them, hold one candidate each. */
export interface Rows {
  length: number;
  size: number;
  columns: Columns;
  traits: TraitsPool;
  entryAt(slot: number): Entry | undefined;
  slotOf(id: string): number | undefined;
  slotsNamed(name: string): number[];
  /** slot → holds and reservations of a service */
  holdersOf(jobId: string): ReadonlyMap<number, number> | undefined;
}

export function createCandidateTable(): CandidateTable {
  const state = createTableState();

  const upsert = (candidate: Candidate): void => {
    const facts = factsOf(candidate, state.traits);
    const slot = takeSlot(state, candidate._id);
    const previous = state.entries[slot];
    const open = previous === undefined ? [] : openReservations(previous, facts.entry);
    if (previous !== undefined) detach(state, slot, previous);
    attach(state, slot, facts);
    for (const [key, reservation] of open) addReservation(state, slot, key, reservation);
  };

  const remove = (id: string): void => {
    const slot = state.slots.get(id);
    const entry = slot === undefined ? undefined : state.entries[slot];
    if (slot === undefined || entry === undefined) return;
    detach(state, slot, entry);
    state.slots.delete(id);
    state.freeSlots.push(slot);
  };

  return {
    get size() {
      return state.slots.size;
    },
    upsert,
    remove,
    ids: () => [...state.slots.keys()],
    reserve: (id, key, reservation) => {
      const slot = state.slots.get(id);
      if (slot !== undefined) addReservation(state, slot, key, reservation);
      return slot !== undefined;
    },
    release: (id, key) => {
      const slot = state.slots.get(id);
      if (slot !== undefined) removeReservation(state, slot, key);
    },
    get rows(): Rows {
      return {
        length: state.entries.length,
        size: state.slots.size,
        columns: state.columns,
        traits: state.traits,
        entryAt: (slot) => state.entries[slot],
        slotOf: (id) => state.slots.get(id),
        slotsNamed: (name) => [...(state.names.of(name)?.keys() ?? [])],
        holdersOf: (jobId) => state.services.of(jobId),
      };
    },
  };
}
