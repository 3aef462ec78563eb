import { setImmediate } from "node:timers/promises";
import type { ElementChange } from "@oak/netlink";
import { inSlices } from "../in-slices.ts";
import { GUARD_SETS, TOLD_SETS } from "./rules-elements.ts";
import { type Bytes, fromBytes } from "./rules-encode.ts";
import { addition, type Ledger, removal } from "./rules-ledger.ts";
import type { RulesTable } from "./rules-table.ts";

/** Changes in one transaction: some hundred microseconds in which nothing else happens. */
const BATCH = 256;

/**
 * Brings the elements of all told sets to what the ledger says. Lets others run between transactions; what they change meanwhile
 * is already in the kernel, or makes this one fail and be tried again.
 * @returns how many elements were wrong; undefined when a transaction failed since somebody interfered
 */
export async function repairElements(
  table: RulesTable,
  ledger: Ledger,
): Promise<number | undefined> {
  let wrong = 0;
  for (const set of [...TOLD_SETS, ...GUARD_SETS]) {
    const keys = await wrongKeys(table, ledger, set);
    wrong += keys.size;
    for (const batch of batches([...keys])) {
      const changes = batch.flatMap(([key, isThere]) => correction(ledger, { set, key, isThere }));
      if (!table.change(changes)) return undefined;
      await setImmediate();
    }
    await setImmediate();
  }
  return wrong;
}

/** Reads what a former process left. */
export async function adoptElements(table: RulesTable, ledger: Ledger): Promise<void> {
  for (const set of [...TOLD_SETS, ...GUARD_SETS]) {
    await inSlices(await table.elementsInParts(set), ({ key, data }) => {
      const bare = { set, key: fromBytes(key) };
      ledger.adopt(data === undefined ? bare : { ...bare, data: fromBytes(data) });
    });
  }
}

/** Removes what a former process left and nobody has claimed. */
export async function dropAdopted(table: RulesTable, ledger: Ledger): Promise<boolean> {
  for (;;) {
    const changes = ledger.dropAdopted(BATCH);
    if (changes === undefined) return true;
    if (changes.length > 0 && !table.change(changes)) return false;
    await setImmediate();
  }
}

/**
 * Keys whose element is missing, has other data or should not be, each with whether the kernel has one. What was changed while all was
 * looked at is right since then.
 */
async function wrongKeys(
  table: RulesTable,
  ledger: Ledger,
  set: string,
): Promise<Map<Bytes, boolean>> {
  const wrong = new Map<Bytes, boolean>();
  const right = new Set<Bytes>();
  const changed = new Set<Bytes>();
  const unfollow = table.follow((change) => {
    if (change.set === set) changed.add(fromBytes(change.key));
  });
  try {
    await inSlices(await table.elementsInParts(set), (element) => {
      const key = fromBytes(element.key);
      const data = element.data === undefined ? undefined : fromBytes(element.data);
      const wanted = ledger.wanted(set, key);
      if (wanted !== undefined && wanted.data === data) right.add(key);
      else wrong.set(key, true);
    });
    await inSlices(ledger.keys(set), (key) => {
      if (!right.has(key) && !wrong.has(key)) wrong.set(key, false);
    });
  } finally {
    unfollow();
  }
  for (const key of changed) wrong.delete(key);
  return wrong;
}

function correction(
  ledger: Ledger,
  { set, key, isThere }: { set: string; key: Bytes; isThere: boolean },
): ElementChange[] {
  const wanted = ledger.wanted(set, key);
  return [
    ...(isThere ? [removal({ set, key })] : []),
    ...(wanted === undefined ? [] : [addition(wanted)]),
  ];
}

function batches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  );
}
