import type { HookDelivery } from "@oak/contracts";
import type { Clock, Logger, Metrics, Startable } from "@oak/kit";
import type { Resolve } from "./adapters/look-up.ts";
import { createWebhookClient } from "./adapters/webhook-client.ts";
import { createReachPolicy, type ReachPolicyOptions } from "./domain/hooks/reach-policy.ts";
import type { HookStore } from "./ports.ts";
import { createAskHooks } from "./use-cases/hooks/ask-hooks.ts";
import { createHookBook } from "./use-cases/hooks/hook-book.ts";
import { createHookJournal } from "./use-cases/hooks/hook-journal.ts";
import { defaultHookLimits, type HookLimits } from "./use-cases/hooks/hook-limits.ts";
import { createHookedWrites, type HookedWrites } from "./use-cases/hooks/hooked-writes.ts";
import type { ManageHooksDeps } from "./use-cases/hooks/manage-hooks.ts";
import { takeLateAnswer } from "./use-cases/hooks/take-late-answer.ts";
import { createTeller } from "./use-cases/hooks/tell-hooks.ts";
import type { UpdateCandidateDeps } from "./use-cases/update-candidate.ts";

/** What an operator, and a test, may say about hooks. */
export interface HookOptions extends ReachPolicyOptions {
  limits?: Partial<HookLimits>;
  /** In place of the system's resolver. */
  resolve?: Resolve;
}

export interface HooksPart extends Startable {
  writes: HookedWrites;
  manage: ManageHooksDeps;
  /** Reads them from the database; before that there are none. */
  load(): Promise<void>;
}

export interface HooksPartDeps extends UpdateCandidateDeps {
  store: HookStore;
  options: HookOptions;
  newId: () => string;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

/** Everything about hooks that lives as long as the service. */
export function createHooksPart(deps: HooksPartDeps): HooksPart {
  const { store, clock, options } = deps;
  const logger = deps.logger.child({ component: "hooks" });
  const limits = { ...defaultHookLimits, ...options.limits };
  const policy = createReachPolicy(options);
  const send = createWebhookClient({
    policy,
    connectTimeoutMs: limits.connectTimeoutMs,
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
  });
  const calls = deps.metrics.counter({
    name: "resource_abstractor_hook_deliveries_total",
    help: "Calls of hooks by what came of them",
    labels: ["outcome"],
  });
  const observe = (outcome: HookDelivery["outcome"]): void => calls.inc({ outcome });
  const book = createHookBook({ store, clock, limits });
  const journal = createHookJournal({ store, book, clock, logger, saveMs: limits.saveMs });
  const common = { send, clock, book, journal, limits, observe };
  const teller = createTeller({
    ...common,
    take: (item, answer) => takeLateAnswer(deps, item, answer),
  });
  const ask = createAskHooks(common);
  return {
    writes: createHookedWrites({ book, ask, teller }),
    manage: { ...common, store, policy, newId: deps.newId },
    load: async () => {
      await book.load();
      for (const hook of book.all()) teller.wake(hook);
    },
    start: async () => {
      await journal.start();
      await teller.start();
    },
    stop: async () => {
      await teller.stop();
      await journal.stop();
    },
  };
}
