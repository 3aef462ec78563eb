import { setImmediate } from "node:timers/promises";
import type { ElementChange } from "@oak/netlink";
import { expect, test } from "vitest";
import { fromBytes, toBytes, word } from "./rules-encode.ts";
import { createLedger, type Element } from "./rules-ledger.ts";
import { repairElements } from "./rules-repair.ts";
import type { RulesTable } from "./rules-table.ts";

/** A kernel in which sets are read slowly. */
function aTable() {
  const sets = new Map<string, Map<string, string>>();
  const followers = new Set<(change: ElementChange) => void>();
  const read = (set: string) =>
    [...(sets.get(set) ?? [])].map(([key, data]) => ({ key: toBytes(key), data: toBytes(data) }));
  const state = { whileReading: () => {} };
  const table: RulesTable = {
    load: async () => {},
    change: (changes) => {
      for (const { op, set, key, data } of changes) {
        const elements = sets.get(set) ?? new Map<string, string>();
        sets.set(set, elements);
        if (op === "delete") elements.delete(fromBytes(key));
        else elements.set(fromBytes(key), fromBytes(data ?? toBytes("")));
      }
      for (const follower of followers) changes.forEach(follower);
      return true;
    },
    elements: read,
    elementsInParts: async (set) => {
      const elements = read(set);
      await setImmediate();
      state.whileReading();
      return elements;
    },
    follow: (listener) => {
      followers.add(listener);
      return () => void followers.delete(listener);
    },
  };
  return { table, state, sets };
}

const elements = (count: number, data: string): Element[] =>
  Array.from({ length: count }, (_, index) => ({ set: "single4", key: word(index), data }));

test("what others took, changed or put in is put right", async () => {
  const { table, sets } = aTable();
  const ledger = createLedger();
  table.change(ledger.replace(new Map([["service", elements(5_000, "1")]])));
  const held = sets.get("single4");
  held?.delete(word(7));
  held?.set(word(4_000), "2");
  held?.set(word(9_000), "1");
  expect(await repairElements(table, ledger)).toBe(3);
  expect([held?.size, held?.get(word(7)), held?.get(word(4_000))]).toEqual([5_000, "1", "1"]);
  expect(await repairElements(table, ledger)).toBe(0);
});

test("what is told while the elements are read counts as right", async () => {
  const { table, state } = aTable();
  const ledger = createLedger();
  table.change(ledger.replace(new Map([["service", elements(5_000, "1")]])));
  state.whileReading = () => {
    table.change(ledger.replace(new Map([["service", elements(4_000, "2")]])));
    table.change(
      ledger.replace(new Map([["other", [{ set: "slots4", key: word(1), data: "3" }]]])),
    );
    state.whileReading = () => {};
  };
  expect(await repairElements(table, ledger)).toBe(0);
});
