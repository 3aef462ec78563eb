import { expect, test } from "vitest";
import type { KnownService } from "./known-service.ts";
import { mostWorkersOfService, workersToMeasure } from "./workers-to-measure.ts";

type Place = [worker: string, clusterId: string, isServing?: boolean];

const serviceOn = (...places: Place[]): KnownService => ({
  name: "shop.prod.web.prod",
  addresses: [],
  isExclusive: false,
  instances: places.map(([key, clusterId, isServing = true], number) => ({
    number,
    ...{ clusterId, isServing, pair: { epoch: 1, placement: 1 } },
    instance: { v4: `10.30.1.${number}`, v6: `fdff::${number}` },
    attached: {
      namespace: { v4: key, v6: "fc00::2" },
      worker: { key, subnet: { v4: key, v6: "fc00::" }, host: "192.0.2.1", port: 50_103 },
    },
  })),
});
const here = { key: "10.18.0.0", clusterId: "own" };

test.each<[string, Place[], string[]]>([
  [
    "each worker once, those of the own cluster first",
    [
      ["b", "other"],
      ["a", "own"],
      ["b", "other"],
    ],
    ["a", "b"],
  ],
  [
    "what does not serve does not count",
    [
      ["a", "own"],
      ["b", "own", false],
    ],
    [],
  ],
  [
    "with all on one there is nothing to choose",
    [
      ["a", "own"],
      ["a", "own"],
    ],
    [],
  ],
  [
    "what runs here is the closest anyway",
    [
      ["a", "own"],
      ["b", "own"],
      [here.key, "own"],
    ],
    [],
  ],
])("%s", (_name, places, workers) => {
  expect(workersToMeasure(serviceOn(...places), here)).toEqual(workers);
});

test("of a service on very many workers some are measured", () => {
  const places = Array.from({ length: 100 }, (_, n): Place => [`w${n}`, n < 90 ? "other" : "own"]);
  const workers = workersToMeasure(serviceOn(...places), here);
  expect(workers).toHaveLength(mostWorkersOfService);
  expect(workers.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, n) => `w${90 + n}`));
});
