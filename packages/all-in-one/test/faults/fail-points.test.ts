import { FAIL_POINTS } from "@oak/kit";
import { expect, test } from "vitest";
import {
  applicationScenarios,
  deleteScenarios,
  deployScenarios,
  moveScenarios,
  replaceScenarios,
  returnScenarios,
  vainMove,
} from "../support/fail-point-scenarios.ts";

test("somebody dies at every point that there is", () => {
  const scenarios = [
    ...deployScenarios,
    ...deleteScenarios,
    ...replaceScenarios,
    ...returnScenarios,
    ...moveScenarios,
    vainMove,
    ...Object.values(applicationScenarios),
  ];
  const used = new Set<string>(scenarios.map(({ point }) => point));
  expect(FAIL_POINTS.filter((point) => !used.has(point))).toEqual([]);
});
