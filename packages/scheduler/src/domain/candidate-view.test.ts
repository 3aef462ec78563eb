import { expect, test } from "vitest";
import { aFeed, aWorker, idOf } from "../../test/fixtures.ts";
import { createCandidateView } from "./candidate-view.ts";

test("a reset replaces everything, a change only what it names", () => {
  const view = createCandidateView();
  view.apply(aFeed({ items: [aWorker(1), aWorker(2)] }), 5);
  view.apply(aFeed({ reset: false, items: [aWorker(3)], removed: [idOf(1)], cursor: "c2" }), 6);
  expect(view.table.ids().sort()).toEqual([idOf(2), idOf(3)]);
  expect(view).toMatchObject({ cursor: "c2", fedAtMs: 6 });
  view.apply(aFeed({ items: [aWorker(3)] }), 7);
  expect(view.table.ids()).toEqual([idOf(3)]);
});
