import type { ElementChange } from "@oak/netlink";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLedger, type Element } from "./rules-ledger.ts";

/** A kernel that refuses what the real one does: a second element under a key, and a removal of what is not there. */
function applyTo(kernel: Map<string, string>, changes: readonly ElementChange[]): void {
  for (const { op, set, key, data } of changes) {
    const id = `${set} ${Buffer.from(key).toString("latin1")}`;
    expect(kernel.has(id)).toBe(op === "delete");
    if (op === "delete") kernel.delete(id);
    else kernel.set(id, data === undefined ? "" : Buffer.from(data).toString("latin1"));
  }
}

const element: fc.Arbitrary<Element> = fc.record({
  set: fc.constantFrom("single4", "slots4"),
  key: fc.constantFrom("a", "b", "c"),
  data: fc.constantFrom("1", "2"),
});
const wish = fc.tuple(
  fc.constantFrom("one", "two", "three"),
  fc.uniqueArray(element, { selector: ({ set, key }) => set + key }),
);

test("the kernel can carry out every change, and holds what somebody wants and nothing else", () => {
  fc.assert(
    fc.property(fc.array(element), fc.array(wish), (left, wishes) => {
      const ledger = createLedger();
      const kernel = new Map(left.map(({ set, key, data }) => [`${set} ${key}`, data ?? ""]));
      for (const one of new Map(left.map((own) => [`${own.set} ${own.key}`, own])).values()) {
        ledger.adopt(one);
      }
      const last = new Map<string, readonly Element[]>();
      for (const [owner, next] of wishes) {
        applyTo(kernel, ledger.replace(new Map([[owner, next]])));
        last.set(owner, next);
      }
      for (;;) {
        const changes = ledger.dropAdopted(2);
        if (changes === undefined) break;
        applyTo(kernel, changes);
      }
      const wanted = new Set([...last.values()].flat().map(({ set, key }) => `${set} ${key}`));
      expect(new Set(kernel.keys())).toEqual(wanted);
      for (const [id, data] of kernel) {
        const [set = "", key = ""] = id.split(" ");
        expect(ledger.wanted(set, key)?.data).toBe(data);
      }
    }),
  );
});

test("the same wish again changes nothing", () => {
  fc.assert(
    fc.property(wish, ([owner, next]) => {
      const ledger = createLedger();
      ledger.replace(new Map([[owner, next]]));
      expect(ledger.replace(new Map([[owner, next]]))).toEqual([]);
    }),
  );
});

test("what two wanted stays until both are done with it, as the last one said", () => {
  const ledger = createLedger();
  const wants = (data: string): Element[] => [{ set: "single4", key: "a", data }];
  ledger.replace(new Map([["old", wants("1")]]));
  ledger.replace(new Map([["new", wants("2")]]));
  ledger.replace(new Map([["old", []]]));
  expect(ledger.wanted("single4", "a")?.data).toBe("2");
  ledger.replace(new Map([["new", []]]));
  expect(ledger.wanted("single4", "a")).toBeUndefined();
});
