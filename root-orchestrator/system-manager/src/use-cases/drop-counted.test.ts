import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import { createCountedDrops } from "./drop-counted.ts";

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const counted = [{ _id: "5e/0", epoch: 3, placement: 0 } as Instance];

test("a hold is dropped when the figures that count its room are stored, and not before", async () => {
  const dropped: unknown[] = [];
  const drops = createCountedDrops({
    holds: { drop: async (...hold) => void dropped.push(hold) },
    log,
  });
  let figuresStored = (): void => undefined;
  const stored = new Promise<void>((resolve) => {
    figuresStored = resolve;
  });
  drops.begin("c1", counted, stored);
  await new Promise(setImmediate);
  expect(dropped).toEqual([]);
  figuresStored();
  await drops.idle();
  expect(dropped).toEqual([["c1", "5e/0", { epoch: 3, placement: 0 }]]);
});

test("when the figures cannot be stored the hold stays", async () => {
  const dropped: unknown[] = [];
  const drops = createCountedDrops({
    holds: { drop: async (...hold) => void dropped.push(hold) },
    log,
  });
  drops.begin("c1", counted, Promise.reject(new Error("the store is away")));
  await drops.idle();
  expect(dropped).toEqual([]);
});

test("a drop that fails harms nobody", async () => {
  const drops = createCountedDrops({
    holds: { drop: () => Promise.reject(new Error("the store is away")) },
    log,
  });
  drops.begin("c1", counted, Promise.resolve());
  await expect(drops.idle()).resolves.toBeUndefined();
});
