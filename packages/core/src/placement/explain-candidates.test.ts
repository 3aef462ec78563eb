import { expect, test } from "vitest";
import { aHold, aJob, aWorker, idOf } from "../../test/candidates.ts";
import { createCandidateTable } from "./candidate-table.ts";
import { needOf } from "./need.ts";
import { explainOnWorker, placeOnWorker } from "./place-on-worker.ts";

function explained(workers: ReturnType<typeof aWorker>[], extra: Parameters<typeof aJob>[0] = {}) {
  const table = createCandidateTable();
  for (const worker of workers) table.upsert(worker);
  const job = aJob(extra);
  const request = { job, need: needOf(job), exclude: [], salt: "a" };
  return { ...explainOnWorker(table, request), decided: placeOnWorker(table, request) };
}

test("each candidate has its word: chosen, suitable by score, and what speaks against the others", () => {
  const { candidates, placement, decided, omitted } = explained(
    [
      aWorker(1),
      aWorker(2),
      aWorker(3, { allocatable: { memory: 300 } }),
      aWorker(4, { liveness: "lost" }),
    ],
    { vcpus: 1, memory: 512 },
  );
  expect(placement).toEqual(decided);
  expect(omitted).toBe(0);
  expect(candidates.map(({ verdict }) => verdict)).toEqual([
    "chosen",
    "suitable",
    "rejected",
    "rejected",
  ]);
  expect(candidates[0]).toMatchObject({ score: expect.any(Number), reasons: [] });
  expect(candidates[2]).toMatchObject({
    id: idOf(3),
    reasons: [{ code: "memory", message: "needs 512 MB of free memory, it has 300" }],
  });
  expect(candidates[3]?.reasons).toEqual([{ code: "not_alive", message: "not connected" }]);
});

test("a score is that of the decision", () => {
  const { candidates, decided } = explained([aWorker(1)], { vcpus: 1, memory: 100 });
  expect(candidates[0]?.score).toBe(decided.ok ? decided.score : undefined);
});

test("what a constraint leaves out says so", () => {
  const { candidates } = explained([aWorker(1), aWorker(2)], {
    constraints: [{ type: "direct", node: aWorker(1).candidate_name }],
  });
  expect(candidates[0]).toMatchObject({ id: idOf(1), verdict: "chosen" });
  expect(candidates[1]).toMatchObject({ reasons: [{ code: "direct" }] });
});

test("a port that is taken is named", () => {
  const busy = aWorker(1, { holds: { [`${idOf(7)}/0`]: aHold({ host_ports: ["80/tcp"] }) } });
  const { candidates } = explained([busy], { port: "80:80" });
  expect(candidates[0]?.reasons).toEqual([
    { code: "host_port_taken", message: "busy on host port 80/tcp" },
  ]);
});

test("of many only the first are listed, and the rest is counted", () => {
  const { candidates, omitted } = explained(Array.from({ length: 50 }, (_, i) => aWorker(i + 1)));
  expect(candidates).toHaveLength(20);
  expect(omitted).toBe(30);
});
