import type { Mutant } from "./mutants.ts";

const plan = "system-manager/src/domain/plan-rollout.ts";
const core = "system-manager/src/root-core.ts";

/** Rules of updates, as those of the protocol in `mutants.ts`. */
export const ROLLOUT_MUTANTS: readonly Mutant[] = [
  {
    title: "a rollout takes old instances away before new ones serve",
    file: plan,
    from: `const ready = all.filter(isReady).length;`,
    to: `const ready = all.length;`,
    promise: /leaves .* ready instances|instances of .* serve/,
  },
  {
    title: "a rollout counts a new instance as soon as it runs",
    file: plan,
    from: `settings.readyS : 0;`,
    to: `0 : 0;`,
    promise: /leaves .* ready instances|instances of .* serve/,
  },
  {
    title: "a rollout ignores maxSurge",
    file: plan,
    from: `const room = replicas + max_surge - target.length - others.length;`,
    to: `const room = missing;`,
    promise: /wants .* instances, at most/,
  },
  {
    title: "a rollout that failed leaves more instances than are wanted",
    file: plan,
    from: `const drop = surplusOf(rollout, divide(rollout, context));`,
    to: `const drop: number[] = [];`,
    first: 110,
    promise: /ended with .* instances in place of/,
  },
  {
    title: "a rollout goes on before all that is stored was read",
    file: core,
    from: `isLoaded && listening.isGateOpen()`,
    to: `listening.isGateOpen()`,
    first: 970,
    promise: /leaves .* ready instances/,
  },
  {
    title: "an instance is made of the present revision, whatever its own is",
    file: "system-manager/src/use-cases/list-wanted.ts",
    from: `deps.jobs.specOf(job, spec_rev)`,
    to: `deps.jobs.specOf(job, job.spec_rev)`,
    promise: /was made of/,
  },
];
