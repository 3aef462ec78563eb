import fc from "fast-check";
import { expect, test } from "vitest";
import { allocatableOf } from "./allocatable.ts";

test("memory keeps five percent back", () => {
  const machine = { cores: 4, memoryMb: 8_000, gpus: 1, diskFreeMb: 100_000 };

  expect(allocatableOf(machine)).toEqual({ vcpus: 4, memory: 7_600, vgpus: 1, storage: 95_000 });
});

test("a small machine keeps 64 MB back", () => {
  const machine = { cores: 1, memoryMb: 512, gpus: 0, diskFreeMb: 10 };

  expect(allocatableOf(machine)).toEqual({ vcpus: 1, memory: 448, vgpus: 0, storage: 0 });
});

test("never more is given than there is, and never less than nothing", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (memoryMb) => {
      const { memory } = allocatableOf({ cores: 1, memoryMb, gpus: 0, diskFreeMb: 0 });
      expect(memory).toBeGreaterThanOrEqual(0);
      expect(memory).toBeLessThanOrEqual(Math.max(0, memoryMb - 64));
    }),
  );
});
