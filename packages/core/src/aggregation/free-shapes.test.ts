import type { Candidate, FreeShape, Need } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aHold, aNeed, aWorker, idOf } from "../../test/candidates.ts";
import { fits } from "../placement/fits.ts";
import { FREE_SHAPES_AT_MOST, freeShapesOf } from "./free-shapes.ts";

test("a shape is what is left after holds", () => {
  const worker = aWorker(1, { holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 0.5, memory: 96 }) } });
  expect(freeShapesOf([worker])).toEqual([
    {
      vcpus: 3.5,
      memory: 4000,
      vgpus: 0,
      count: 1,
      architecture: "amd64",
      virtualization: ["docker"],
    },
  ]);
});

test("equal workers are one shape, full ones included", () => {
  const full = { holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 9, memory: 9999 }) } };
  const shapes = freeShapesOf([aWorker(1), aWorker(2), aWorker(3, full)]);
  expect(shapes).toMatchObject([
    { vcpus: 4, count: 2 },
    { vcpus: 0, memory: 0, count: 1 },
  ]);
});

test("workers without an address left stand beside the others, and take nothing from them", () => {
  const allocatable = { addresses: 1 };
  const holds = { [`${idOf(7)}/0`]: aHold({ vcpus: 0, memory: 0 }) };
  const shapes = freeShapesOf([
    aWorker(1, { allocatable, holds }),
    aWorker(2, { allocatable }),
    aWorker(3),
  ]);
  expect(shapes.map(({ addresses }) => addresses)).toEqual([undefined, 1, 0]);
});

test("architectures and runtimes are told apart", () => {
  const shapes = freeShapesOf([
    aWorker(1),
    aWorker(2, { architecture: "arm64" }),
    aWorker(3, { virtualization: ["runsc", "docker"] }),
  ]);
  expect(shapes.map((shape) => [shape.architecture, shape.virtualization])).toEqual(
    expect.arrayContaining([
      ["amd64", ["docker"]],
      ["arm64", ["docker"]],
      ["amd64", ["docker", "runsc"]],
    ]),
  );
});

test("ten thousand different workers are told in 16 shapes, the largest places among them", () => {
  const workers = Array.from({ length: 10_000 }, (_, index) =>
    aWorker(index, {
      allocatable: { vcpus: 1 + (index % 16), memory: 500 + ((index * 7919) % 30_000) },
    }),
  );
  const shapes = freeShapesOf(workers);
  expect(shapes).toHaveLength(FREE_SHAPES_AT_MOST);
  expect(shapes.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  expect(Math.max(...shapes.map(({ vcpus }) => vcpus))).toBe(16);
  expect(Math.max(...shapes.map(({ memory }) => memory))).toBeGreaterThan(30_000);
});

test("of more platforms than shapes, the ones of most workers stay", () => {
  const rare = Array.from({ length: 40 }, (_, index) =>
    aWorker(index, { architecture: `rare${index}` }),
  );
  const shapes = freeShapesOf([...rare, aWorker(100), aWorker(101)]);
  expect(shapes).toHaveLength(FREE_SHAPES_AT_MOST);
  expect(shapes).toContainEqual(expect.objectContaining({ architecture: "amd64", count: 2 }));
});

const worker = fc
  .record({
    vcpus: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 640 })),
    memory: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 500_000 })),
    vgpus: fc.constantFrom(0, 0, 0, 1, 4),
    addresses: fc.constantFrom(undefined, undefined, 1, 2, 61),
    held: fc.integer({ min: 0, max: 3 }),
    architecture: fc.constantFrom("amd64", "arm64"),
    virtualization: fc.constantFrom(["docker"], ["docker", "runsc"], ["unikernel"]),
  })
  .map(({ vcpus, memory, vgpus, addresses, held, ...rest }) => ({
    ...rest,
    allocatable: {
      vcpus: vcpus / 10,
      memory,
      vgpus,
      ...(addresses !== undefined && { addresses }),
    },
    holds: { [`${idOf(7)}/0`]: aHold({ vcpus: held / 10, memory: held }) },
  }));
const workers = fc
  .array(worker, { minLength: 1, maxLength: 120 })
  .map((changes) => changes.map((change, index) => aWorker(index, change)));

const need = fc
  .record({
    vcpus: fc.integer({ min: 1, max: 20 }),
    memory: fc.integer({ min: 1, max: 20_000 }),
    vgpus: fc.constantFrom(0, 0, 1, 2),
  })
  .map((amounts) => aNeed({ ...amounts, vcpus: amounts.vcpus / 2 }));

function carries(shape: FreeShape, wanted: Need): boolean {
  return (
    wanted.vcpus <= shape.vcpus &&
    wanted.memory <= shape.memory &&
    wanted.vgpus <= shape.vgpus &&
    shape.addresses !== 0
  );
}

function suits(
  candidate: Pick<Candidate, "architecture" | "virtualization">,
  architecture: string,
  runtime: string,
): boolean {
  return (
    candidate.architecture === architecture && candidate.virtualization?.includes(runtime) === true
  );
}

test("for whatever is asked, no more places are promised than there are workers that carry it", () => {
  fc.assert(
    fc.property(
      workers,
      need,
      fc.constantFrom("amd64", "arm64"),
      fc.constantFrom("docker", "runsc", "unikernel"),
      (candidates, wanted, architecture, runtime) => {
        const promised = freeShapesOf(candidates)
          .filter((shape) => suits(shape, architecture, runtime) && carries(shape, wanted))
          .reduce((sum, { count }) => sum + count, 0);
        const real = candidates.filter(
          (each) => suits(each, architecture, runtime) && fits(each, wanted).ok,
        );
        expect(promised).toBeLessThanOrEqual(real.length);
      },
    ),
  );
});

test("there are at most 16 shapes besides the full ones, and every worker is in one", () => {
  fc.assert(
    fc.property(workers, (candidates) => {
      const shapes = freeShapesOf(candidates);
      const full = shapes.filter(({ addresses }) => addresses === 0);
      expect(full.length).toBeLessThanOrEqual(2);
      expect(shapes.length - full.length).toBeLessThanOrEqual(FREE_SHAPES_AT_MOST);
      expect(shapes.reduce((sum, { count }) => sum + count, 0)).toBe(candidates.length);
    }),
  );
});
