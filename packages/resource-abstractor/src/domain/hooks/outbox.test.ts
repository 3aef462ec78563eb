import fc from "fast-check";
import { expect, test } from "vitest";
import { createOutbox, type Pending } from "./outbox.ts";

let numbers = 0;
function pending(changes: Partial<Pending> = {}): Pending {
  numbers += 1;
  const entity = { hookId: "h", entity: "jobs", entityId: "a", event: "post_update" } as const;
  return { id: `${numbers}`, ...entity, atMs: 0, dueMs: 0, attempts: 0, ...changes };
}

test("equal notices in a row are one, and order is kept between different ones", () => {
  const box = createOutbox({ most: 10 });
  const events = [
    "post_create",
    "post_update",
    "post_update",
    "post_delete",
    "post_create",
  ] as const;
  for (const event of events) box.add(pending({ event }));
  const told: string[] = [];
  for (let item = box.take(0); item !== undefined; item = box.take(0)) {
    told.push(item.event);
    expect(box.take(0)).toBeUndefined();
    box.remove(item);
  }
  expect(told).toEqual(["post_create", "post_update", "post_delete", "post_create"]);
});

test("what happens while it is told is told again", () => {
  const box = createOutbox({ most: 10 });
  box.add(pending());
  const first = box.take(0);
  expect(box.add(pending())).toMatchObject({ isNew: true });
  if (first !== undefined) box.remove(first);
  expect(box.take(0)).toBeDefined();
});

test("what is urgent takes along what had time", () => {
  const box = createOutbox({ most: 10 });
  box.add(pending({ dueMs: 5_000 }));
  expect(box.nextDueMs()).toBe(5_000);
  expect(box.add(pending({ event: "post_delete" }))).toMatchObject({ isSooner: true });
  expect(box.take(0)?.event).toBe("post_update");
});

test("what failed keeps its pause", () => {
  const box = createOutbox({ most: 10 });
  box.add(pending({ attempts: 2, dueMs: 5_000 }));
  expect(box.add(pending())).toEqual({ isNew: false, isSooner: false });
  expect(box.take(4_999)).toBeUndefined();
});

test("a full box lets the oldest go, but not for what will happen again", () => {
  const box = createOutbox({ most: 2 });
  const oldest = pending({ entityId: "a" });
  box.add(oldest);
  box.add(pending({ entityId: "b" }));
  expect(box.add(pending({ entityId: "c", dueMs: 5_000 }))).toMatchObject({ isNew: false });
  expect(box.add(pending({ entityId: "d" })).dropped).toBe(oldest);
  expect(box.size()).toBe(2);
});

test("a question that waits is asked with the latest of all fields", () => {
  const box = createOutbox({ most: 2 });
  box.add(pending({ event: "pre_update", data: { a: 1, b: 1 } }));
  box.add(pending({ event: "pre_update", data: { b: 2 } }));
  expect(box.take(0)?.data).toEqual({ a: 1, b: 2 });
});

test("it never holds more than it may, and never two of one entity are under way", () => {
  const entityId = fc.constantFrom("a", "b", "c", "d");
  const event = fc.constantFrom("post_create" as const, "post_update" as const);
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), entityId, event, dueMs: fc.nat(3) }),
    fc.record({ do: fc.constantFrom("take" as const, "remove" as const, "back" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const box = createOutbox({ most: 5 });
      const underWay: Pending[] = [];
      for (const one of steps) {
        if (one.do === "add") {
          const { do: _add, ...changes } = one;
          box.add(pending(changes));
        } else if (one.do === "take") {
          const item = box.take(3);
          if (item !== undefined) underWay.push(item);
        } else {
          const item = underWay.pop();
          if (item !== undefined) one.do === "remove" ? box.remove(item) : box.putBack(item);
        }
        expect(new Set(underWay.map((item) => item.entityId)).size).toBe(underWay.length);
        expect(box.size()).toBeLessThanOrEqual(5 + underWay.length);
      }
    }),
  );
});
