import { at, type Columns, growColumns, KIND } from "./columns.ts";
import type { CandidateFacts, Entry, Reservation } from "./entry.ts";
import { createSlotIndex, type SlotIndex } from "./slot-index.ts";
import { stableHash } from "./stable-hash.ts";
import { createTraitsPool, type TraitsPool } from "./traits.ts";
import { amountsOf } from "./units.ts";

/** The parts of a candidate table. A slot is the place of one candidate in all of them. */
export interface TableState {
  columns: Columns;
  readonly slots: Map<string, number>;
  readonly entries: (Entry | undefined)[];
  readonly freeSlots: number[];
  readonly traits: TraitsPool;
  readonly names: SlotIndex;
  readonly services: SlotIndex;
}

const FIRST_CAPACITY = 64;

export function createTableState(): TableState {
  return {
    columns: growColumns(FIRST_CAPACITY),
    slots: new Map(),
    entries: [],
    freeSlots: [],
    traits: createTraitsPool(),
    names: createSlotIndex(),
    services: createSlotIndex(),
  };
}

/** The slot of a candidate, a new one when it has none. */
export function takeSlot(state: TableState, id: string): number {
  const slot = state.slots.get(id) ?? state.freeSlots.pop() ?? state.entries.length;
  state.slots.set(id, slot);
  const capacity = state.columns.kind.length;
  if (slot >= capacity) state.columns = growColumns(capacity * 2, state.columns);
  return slot;
}

/** Fills an empty slot. */
export function attach(state: TableState, slot: number, facts: CandidateFacts): void {
  const { columns } = state;
  const { entry, free, total } = facts;
  state.entries[slot] = entry;
  columns.kind[slot] = facts.kind;
  columns.vcpus[slot] = free.vcpus - entry.used.vcpus;
  columns.memory[slot] = free.memory - entry.used.memory;
  columns.vgpus[slot] = free.vgpus - entry.used.vgpus;
  columns.addresses[slot] = free.addresses - entry.used.addresses;
  columns.storage[slot] = facts.storage;
  columns.perVcpu[slot] = shareOfOne(total.vcpus);
  columns.perMemory[slot] = shareOfOne(total.memory);
  columns.perVgpu[slot] = shareOfOne(total.vgpus);
  columns.holds[slot] = facts.holds;
  columns.load[slot] = facts.load;
  columns.hash[slot] = stableHash(entry.id);
  state.names.add(entry.name, slot);
  for (const [jobId, count] of entry.services) state.services.add(jobId, slot, count);
}

function shareOfOne(total: number): number {
  return total > 0 ? 1 / total : 0;
}

/** Empties a slot, in its indexes too. */
export function detach(state: TableState, slot: number, entry: Entry): void {
  for (const key of [...entry.reservations.keys()]) removeReservation(state, slot, key);
  state.names.remove(entry.name, slot);
  for (const [jobId, count] of entry.services) state.services.remove(jobId, slot, count);
  for (const shape of entry.shapes ?? []) state.traits.release(shape.traits);
  state.traits.release(entry.traits);
  state.entries[slot] = undefined;
  state.columns.kind[slot] = KIND.empty;
}

export function addReservation(
  state: TableState,
  slot: number,
  key: string,
  reservation: Reservation,
): void {
  const entry = state.entries[slot];
  if (entry === undefined) return;
  removeReservation(state, slot, key);
  entry.reservations.set(key, reservation);
  state.services.add(reservation.jobId, slot);
  count(state, slot, reservation, 1);
}

export function removeReservation(state: TableState, slot: number, key: string): void {
  const entry = state.entries[slot];
  const reservation = entry?.reservations.get(key);
  if (entry === undefined || reservation === undefined) return;
  entry.reservations.delete(key);
  state.services.remove(reservation.jobId, slot);
  count(state, slot, reservation, -1);
}

/**
 * Reservations that a newer document of the candidate leaves open. For each hold of a service that it
 * shows more than before, the oldest reservation of that service is taken as confirmed.
 */
export function openReservations(previous: Entry, next: Entry): [string, Reservation][] {
  const confirmed = new Map<string, number>();
  return [...previous.reservations].filter(([, { jobId }]) => {
    const shown = (next.services.get(jobId) ?? 0) - (previous.services.get(jobId) ?? 0);
    const used = confirmed.get(jobId) ?? 0;
    if (used >= shown) return true;
    confirmed.set(jobId, used + 1);
    return false;
  });
}

/** Adds a reservation to the figures of its slot (`times` 1), or takes it off again (-1). */
function count(state: TableState, slot: number, { need }: Reservation, times: 1 | -1): void {
  const { columns } = state;
  const entry = state.entries[slot];
  if (entry === undefined) return;
  const taken = amountsOf(need);
  columns.vcpus[slot] = at(columns.vcpus, slot) - times * taken.vcpus;
  columns.memory[slot] = at(columns.memory, slot) - times * taken.memory;
  columns.vgpus[slot] = at(columns.vgpus, slot) - times * taken.vgpus;
  columns.addresses[slot] = at(columns.addresses, slot) - times * taken.addresses;
  columns.holds[slot] = at(columns.holds, slot) + times;
  entry.used.vcpus += times * taken.vcpus;
  entry.used.memory += times * taken.memory;
  entry.used.vgpus += times * taken.vgpus;
  entry.used.addresses += times * taken.addresses;
  for (const port of need.host_ports) {
    const claims = (entry.ports.get(port) ?? 0) + times;
    if (claims > 0) entry.ports.set(port, claims);
    else entry.ports.delete(port);
  }
}
