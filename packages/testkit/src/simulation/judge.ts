import { createCapacityRules } from "./rules/capacity.ts";
import { createCopyRules } from "./rules/copies.ts";
import { createMoveRules } from "./rules/moves.ts";
import { createNumberRules } from "./rules/numbers.ts";
import { createPolicyRules } from "./rules/policies.ts";
import { createRolloutRules } from "./rules/rollouts.ts";
import { createSilenceRules } from "./rules/silence.ts";
import { createStopRules } from "./rules/stops.ts";
import type { World } from "./world.ts";

/** Says that a promise was broken. */
export type Report = (violation: string) => void;

/** One promise of the assignment protocol; it listens to what is stored and what runs. */
export interface Rule {
  /** Looks at what has changed since the last call; after each event. */
  check?(): void;
  /** A tier's database is an older one, or empty, from now on. */
  forget?(tier: string): void;
}

/** Watches a run. */
export interface Judge {
  violations: readonly string[];
  report: Report;
  check(): void;
  /** Expects no more of a tier's numbers and copies until {@link trustAgain}. */
  forget(tier: string): void;
  trustAgain(): void;
}

const MOST = 20;

export function createJudge(world: World): Judge {
  const violations: string[] = [];
  const forgetful = new Set<string>();
  const report: Report = (text) => {
    if (violations.length >= MOST || violations.includes(text)) return;
    world.trace?.(`VIOLATION ${text}`, {});
    violations.push(text);
  };
  const rules: Rule[] = [
    createNumberRules(world, report),
    createCapacityRules(world, report),
    createCopyRules(world, report, forgetful),
    createStopRules(world, report, forgetful),
    createSilenceRules(world, report),
    createPolicyRules(world, report),
    createMoveRules(world, report),
    createRolloutRules(world, report),
  ];
  const checks = rules.flatMap(({ check }) => check ?? []);
  return {
    violations,
    report,
    check: () => {
      for (const check of checks) check();
    },
    forget: (tier) => {
      forgetful.add(tier);
      for (const rule of rules) rule.forget?.(tier);
    },
    trustAgain: () => forgetful.clear(),
  };
}
