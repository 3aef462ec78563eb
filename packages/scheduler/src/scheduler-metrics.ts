import type { Placement } from "@oak/core";
import type { Metrics } from "@oak/kit";
import type { AnswerOutcome } from "./use-cases/answer-deploys.ts";

/** Microseconds to a tenth of a second: a decision looks at tens to tens of thousands of candidates. */
const decisionBuckets = [0.000_005, 0.000_02, 0.000_1, 0.000_5, 0.002, 0.01, 0.1];

export interface SchedulerMetrics {
  decided(placement: Placement, seconds: number): void;
  answered(outcome: AnswerOutcome): void;
  fed(candidates: number): void;
}

export function createSchedulerMetrics(metrics: Metrics): SchedulerMetrics {
  const decisions = metrics.counter({
    name: "scheduler_decisions_total",
    help: "Decisions by what came out: placed, or the status of the refusal",
    labels: ["outcome"],
  });
  const refusals = metrics.counter({
    name: "scheduler_refused_candidates_total",
    help: "Candidates that were left out of decisions without a place, by reason",
    labels: ["reason"],
  });
  const duration = metrics.histogram({
    name: "scheduler_decision_seconds",
    help: "How long one decision took",
    buckets: decisionBuckets,
  });
  const results = metrics.counter({
    name: "scheduler_results_total",
    help: "Asynchronous answers by what became of them",
    labels: ["outcome"],
  });
  const candidates = metrics.gauge({
    name: "scheduler_candidates",
    help: "Candidates in the view",
  });
  return {
    decided: (placement, seconds) => {
      duration.observe(seconds);
      decisions.inc({ outcome: placement.ok ? "placed" : placement.status });
      if (placement.ok) return;
      for (const [reason, count] of Object.entries(placement.refusals)) {
        refusals.inc({ reason }, count);
      }
    },
    answered: (outcome) => results.inc({ outcome }),
    fed: (count) => candidates.set(count),
  };
}
