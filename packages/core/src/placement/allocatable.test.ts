import { expect, test } from "vitest";
import { allocatableOf } from "./allocatable.ts";

test("a worker that says what is allocatable is believed", () => {
  const allocatable = { vcpus: 3, memory: 100, vgpus: 0, storage: 5 };
  expect(allocatableOf({ vcpus: 4, memory: 1, allocatable })).toEqual(allocatable);
});

test.each([
  {
    name: "half in use: the total is twice what is available, less 5 %",
    registration: { vcpus: 4, memory: 4000, memory_percent: 50 },
    expected: { vcpus: 4, memory: 7600, vgpus: 0, storage: 0 },
  },
  {
    name: "a small machine keeps at least 64 MB",
    registration: { vcpus: 1, memory: 512, memory_percent: 0 },
    expected: { vcpus: 1, memory: 448, vgpus: 0, storage: 0 },
  },
  {
    name: "a percentage that cannot be is not divided by",
    registration: { vcpus: 2, memory: 1000, memory_percent: 100, vgpus: 2 },
    expected: { vcpus: 2, memory: 936, vgpus: 2, storage: 0 },
  },
  {
    name: "a machine that says nothing gives nothing",
    registration: {},
    expected: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
  },
])("an older worker: $name", ({ registration, expected }) => {
  expect(allocatableOf(registration)).toEqual(expected);
});
