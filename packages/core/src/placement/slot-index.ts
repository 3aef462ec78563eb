/** For each name, how often each slot counts for it: services that a candidate holds, candidates of a name. */
export interface SlotIndex {
  add(name: string, slot: number, count?: number): void;
  /** Takes back what {@link add} gave; empty entries vanish. */
  remove(name: string, slot: number, count?: number): void;
  of(name: string): ReadonlyMap<number, number> | undefined;
}

export function createSlotIndex(): SlotIndex {
  const slotsByName = new Map<string, Map<number, number>>();

  const change = (name: string, slot: number, by: number): void => {
    const slots = slotsByName.get(name) ?? new Map<number, number>();
    const count = (slots.get(slot) ?? 0) + by;
    if (count > 0) slots.set(slot, count);
    else slots.delete(slot);
    if (slots.size > 0) slotsByName.set(name, slots);
    else slotsByName.delete(name);
  };

  return {
    add: (name, slot, count = 1) => change(name, slot, count),
    remove: (name, slot, count = 1) => change(name, slot, -count),
    of: (name) => slotsByName.get(name),
  };
}
