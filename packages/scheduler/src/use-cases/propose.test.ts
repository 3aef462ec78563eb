import { explainOnWorker, placeOnWorker } from "@oak/core";
import { expect, test } from "vitest";
import { aFeed, aJob, aRequest, aWorker, idOf } from "../../test/fixtures.ts";
import { createManualClock } from "../../test/manual-clock.ts";
import { createCandidateView } from "../domain/candidate-view.ts";
import { createProposer } from "./propose.ts";

function setUp(...workers: ReturnType<typeof aWorker>[]) {
  const clock = createManualClock();
  const view = createCandidateView();
  view.apply(aFeed({ items: workers }), 0);
  const outcomes: boolean[] = [];
  const told: ReturnType<typeof aFeed>[] = [];
  let refreshes = 0;
  const proposer = createProposer({
    view,
    place: placeOnWorker,
    explain: explainOnWorker,
    clock,
    refresh: async () => {
      refreshes += 1;
      for (const feed of told.splice(0)) view.apply(feed, 0);
    },
    onDecided: (placement) => outcomes.push(placement.ok),
  });
  return { clock, view, proposer, outcomes, told, refreshes: () => refreshes };
}

test("each proposal of a batch counts the ones before it", async () => {
  const { proposer, outcomes } = setUp(aWorker(1), aWorker(2));
  const proposals = await proposer.proposeAll(["a", "b", "c"].map((id) => aRequest(id)));
  const places = proposals.map((each) =>
    "candidate_id" in each ? each.candidate_id : each.status,
  );
  expect(places.toSorted()).toEqual([idOf(1), idOf(2), "NO_WORKER_CAPACITY"]);
  expect(places[2]).toBe("NO_WORKER_CAPACITY");
  expect(proposals.map((each) => each.attempt_id)).toEqual(["a", "b", "c"]);
  expect(outcomes).toEqual([true, true, false]);
});

test("before anything is refused the candidates are looked at again, and only the refused decided again", async () => {
  const { proposer, told, refreshes } = setUp(aWorker(1));
  told.push(aFeed({ reset: false, items: [aWorker(2)], cursor: "c2" }));
  const proposals = await proposer.proposeAll(["a", "b", "c"].map((id) => aRequest(id)));
  expect(proposals).toMatchObject([
    { attempt_id: "a", candidate_id: idOf(1) },
    { attempt_id: "b", candidate_id: idOf(2) },
    { attempt_id: "c", status: "NO_WORKER_CAPACITY" },
  ]);
  expect(refreshes()).toBe(1);
});

test("a proposal whose hold came and went unseen is in nobody's way", async () => {
  const { proposer, clock } = setUp(aWorker(1));
  await proposer.proposeAll([aRequest("a")]);
  expect(await proposer.proposeAll([aRequest("b")])).toMatchObject([
    { attempt_id: "b", status: "NO_WORKER_CAPACITY" },
  ]);
  clock.move(500);
  expect(await proposer.proposeAll([aRequest("b")])).toMatchObject([{ candidate_id: idOf(1) }]);
});

test("what fits is proposed without a further look", async () => {
  const { proposer, refreshes } = setUp(aWorker(1));
  await proposer.proposeAll([aRequest("a")]);
  expect(refreshes()).toBe(0);
});

test("a refusal says why in words and by reasons", () => {
  const { proposer } = setUp(aWorker(1));
  expect(proposer.propose(aRequest("a", { job: aJob({ vcpus: 64 }) }))).toEqual({
    attempt_id: "a",
    status: "NO_WORKER_CAPACITY",
    status_detail: "No worker has 64 free cores: the most is 2 (worker w1)",
    refusals: { vcpus: 1 },
  });
});

test("a place is free again when nobody held it in time", () => {
  const { proposer, clock } = setUp(aWorker(1));
  expect(proposer.propose(aRequest("a"))).toHaveProperty("candidate_id");
  clock.move(1_999);
  expect(proposer.propose(aRequest("b"))).toHaveProperty("status");
  clock.move(1);
  expect(proposer.propose(aRequest("c"))).toHaveProperty("candidate_id");
});

test("the same attempt, and a new attempt of the same instance, get the place of the last one", () => {
  const { proposer } = setUp(aWorker(1));
  const instance = `${idOf(0xabc)}/0`;
  expect(proposer.propose(aRequest(`${instance}:1.1`))).toHaveProperty("candidate_id");
  expect(proposer.propose(aRequest(`${instance}:1.1`))).toHaveProperty("candidate_id");
  expect(proposer.propose(aRequest(`${instance}:1.2`))).toHaveProperty("candidate_id");
  expect(proposer.propose(aRequest(`${idOf(0xabc)}/1:1.1`))).toHaveProperty("status");
});

test("a hold that the feed shows is not counted twice", () => {
  const { proposer, view } = setUp(aWorker(1));
  const job = aJob({ vcpus: 1 });
  proposer.propose(aRequest("a", { job }));
  const hold = {
    ...{ vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    ...{ epoch: 1, placement: 1, since: 0 },
  };
  const holding = aWorker(1, { holds: { [`${job._id}/0`]: hold } });
  view.apply(aFeed({ reset: false, items: [holding] }), 0);
  expect(proposer.propose(aRequest("b", { job }))).toHaveProperty("candidate_id");
});

test("what a caller excludes is skipped", () => {
  const { proposer } = setUp(aWorker(1), aWorker(2));
  expect(proposer.propose(aRequest("a", { exclude: [idOf(1)] }))).toMatchObject({
    candidate_id: idOf(2),
  });
});
