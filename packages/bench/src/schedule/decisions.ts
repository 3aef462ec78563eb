import type { Candidate } from "@oak/contracts";
import { createCandidateTable, needOf, placeOnCluster, placeOnWorker } from "@oak/core";
import { aJob, makeClusters, makeWorkers } from "./candidates.ts";
import { filterAndSort } from "./filter-and-sort.ts";

/** The three ways to decide that are measured against each other. */
export const CONTENDERS = ["worker", "cluster", "filter and sort"] as const;
export type Contender = (typeof CONTENDERS)[number];

export interface DecisionSample {
  contender: Contender;
  candidates: number;
  nsPerCandidate: number;
}

export interface DecisionRun {
  candidates: number;
  /** of each contender */
  samples: number;
  random: () => number;
}

/** Long enough for the clock, short enough to meet few interruptions. */
const sampleNs = 3e6;
const warmUpMs = 300;
/** Jobs differ from decision to decision, so that no branch is learned by heart. */
const jobs = Array.from({ length: 16 }, (_, number) => aJob(number));

/**
 * Decides again and again among so many candidates. The contenders take turns, forwards and backwards, so
 * that whatever slows the machine for a while hits all of them.
 */
export function measureDecisions(run: DecisionRun): DecisionSample[] {
  const { candidates, samples, random } = run;
  const workers = makeWorkers(candidates, random);
  const deciders: Record<Contender, (number: number) => unknown> = {
    worker: deciderOf(workers, placeOnWorker),
    cluster: deciderOf(makeClusters(candidates, random), placeOnCluster),
    "filter and sort": (number) => filterAndSort(workers, jobs[number % jobs.length] ?? aJob()),
  };
  const repeats = Object.fromEntries(
    CONTENDERS.map((contender) => [contender, repeatsFor(deciders[contender])]),
  ) as Record<Contender, number>;
  return Array.from({ length: samples }, (_, round) =>
    (round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()).map((contender) => ({
      contender,
      candidates,
      nsPerCandidate: timeOf(deciders[contender], repeats[contender]) / candidates,
    })),
  ).flat();
}

function deciderOf(
  candidates: readonly Candidate[],
  place: typeof placeOnWorker,
): (number: number) => unknown {
  const table = createCandidateTable();
  for (const candidate of candidates) table.upsert(candidate);
  const requests = jobs.map((job) => ({ job, need: needOf(job), exclude: [] }));
  return (number) => {
    const request = requests[number % requests.length];
    if (request === undefined) throw new Error("no request");
    const placement = place(table, { ...request, salt: String(number) });
    if (!placement.ok) throw new Error(`Nothing fits, which measures nothing: ${placement.detail}`);
    return placement;
  };
}

/** How many decisions fill a sample, once the code is compiled. */
function repeatsFor(decide: (number: number) => unknown): number {
  const warmAtMs = performance.now() + warmUpMs;
  while (performance.now() < warmAtMs) timeOf(decide, 10);
  let repeats = 1;
  for (;;) {
    const elapsed = timeOf(decide, repeats) * repeats;
    if (elapsed >= sampleNs) return Math.max(1, Math.round((repeats * sampleNs) / elapsed));
    repeats *= 2;
  }
}

/** Nanoseconds of one decision. */
function timeOf(decide: (number: number) => unknown, repeats: number): number {
  const started = process.hrtime.bigint();
  for (let number = 0; number < repeats; number += 1) decide(number);
  return Number(process.hrtime.bigint() - started) / repeats;
}
