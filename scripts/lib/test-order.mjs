import { BaseSequencer } from "vitest/node";

/** Of all tests, these alone keep a core busy for minutes. */
const busy = /\/simulation-\d+\.test\.ts$/;

/**
 * Vitest's order, with the simulation's files spread over the tests of whole systems: beside these, which mostly wait, they cost
 * little, while at the end, where vitest puts small files, the rest of the machine would wait for them.
 */
export class TestOrder extends BaseSequencer {
  /** @override @param {import("vitest/node").TestSpecification[]} files */
  async sort(files) {
    const sorted = await super.sort(files);
    const systems = sorted.filter(({ project }) => project.config.isolate);
    const parts = sorted.filter(({ project }) => !project.config.isolate);
    return [...spread(systems, ({ moduleId }) => busy.test(moduleId)), ...parts];
  }
}

/**
 * The busy ones at equal distances, over the first three quarters.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {(one: T) => boolean} isBusy
 * @returns {T[]}
 */
export function spread(list, isBusy) {
  const rest = list.filter((one) => !isBusy(one));
  const ones = list.filter(isBusy);
  const step = (rest.length * 0.75) / Math.max(1, ones.length);
  for (const [index, one] of [...ones.entries()].reverse()) {
    rest.splice(Math.round(index * step), 0, one);
  }
  return rest;
}
