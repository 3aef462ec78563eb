import type { AssignmentStore, HoldStore, Log, PlacementScheduler, TierClock } from "@oak/tier";
import { createHoldSweep, createInstanceBook, createReconciler, createWantLedger } from "@oak/tier";
import type { Evidence } from "./domain/evidence.ts";
import type { PlacerSettings } from "./domain/settings.ts";
import type { AssignmentDeps, SpecBook, TierBook, WorkerLink } from "./ports.ts";
import type { InstanceFacts } from "./use-cases/build-root-report.ts";
import {
  createRootFollower,
  type FollowRootDeps,
  type RootFollower,
} from "./use-cases/follow-root.ts";
import { reconcileInstance, type SentTimes } from "./use-cases/reconcile-instance.ts";
import { createRootOutbox } from "./use-cases/root-outbox.ts";
import type { Orphan } from "./use-cases/take-worker-report.ts";
import { isGateOpen, watchWorkers } from "./use-cases/watch-workers.ts";
import { type CandidateStore, createRoster, type Roster } from "./use-cases/worker-roster.ts";
import { createWorkerIntake, type WorkerIntake } from "./worker-intake.ts";

export interface ClusterCoreDeps {
  store: AssignmentStore;
  holds: HoldStore;
  specs: SpecBook;
  scheduler: PlacementScheduler;
  candidates: CandidateStore;
  tier: TierBook;
  link: WorkerLink;
  clock: TierClock;
  random(): number;
  log: Log;
  settings: PlacerSettings;
  root: FollowRootDeps["root"];
  rootStates: FollowRootDeps["rootStates"];
  figures: FollowRootDeps["figures"];
  factsOf?(key: string): InstanceFacts | undefined;
  events?: CoreEvents;
  learnS: number;
  workerTimeoutMs: number;
  reconnectSpreadMs: number;
  linkUpSinceMs(): number | undefined;
  loopLateMs(): number;
}

/** What happened, for metrics; decisions do not depend on it. */
export interface CoreEvents {
  /** one step of one instance, by its name in the plan */
  onStep(step: string): void;
  onWorkerLost(workerId: string): void;
  /** silence was not judged, and why */
  onBraked(reason: string): void;
}

/**
 * The cluster's side of the assignment protocol, wired: everything that decides, without a socket or a
 * timer of its own. Whoever owns it (the service, or a simulation) calls `tick` and `watch` in time.
 */
export interface ClusterCore extends WorkerIntake {
  /** Reads the stored state; nothing else may be called before it resolves. */
  load(): Promise<void>;
  /** Looks at what has become due; every 100 to 250 ms. */
  tick(): void;
  /** Judges silent workers; every 250 to 1000 ms. */
  watch(): Promise<void>;
  /** Drops holds that nothing points to; every few seconds. */
  sweepHolds(): Promise<void>;
  root: RootFollower;
  roster: Roster;
  orphans: ReadonlyMap<string, Orphan>;
  book: ReturnType<typeof createInstanceBook>;
  workerRegistered(worker: {
    id: string;
    session: number;
    isLegacy: boolean;
    wantRev: number;
  }): void;
  workerRemoved(workerId: string): void;
  /** Called when the root should hear something soon. */
  onRootWork(listener: () => void): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createClusterCore(deps: ClusterCoreDeps): ClusterCore {
  const book = createInstanceBook(deps.store);
  const ledger = createWantLedger();
  const roster = createRoster(deps.candidates, deps.clock);
  const outbox = createRootOutbox(book);
  const sent: SentTimes = new Map();
  const orphans = new Map<string, Orphan>();
  let startedAtMs = deps.clock.monotonicMs();
  let renewal: Promise<void> | undefined;

  const assignments: AssignmentDeps = {
    ...deps,
    book,
    ledger,
    roster,
    onStep: (step) => deps.events?.onStep(step),
    isGateOpen: () => isGateOpen({ ...deps, roster, startedAtMs }, deps.learnS * 1000),
    isSettledAbove: (key) => root.isSettledAbove(key),
  };
  const reconciler = createReconciler<Evidence>({
    run: (key, evidence) => reconcileInstance(assignments, sent, key, evidence),
    onError: (key, err) => deps.log.warn({ instance: key, err }, "a decision is tried again"),
    monotonicMs: deps.clock.monotonicMs,
  });
  const kick = reconciler.kick;
  const root = createRootFollower({ ...deps, ...assignments, outbox, kick });

  const onParentIsOld = (): void => {
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
  };
  const renew = async (): Promise<void> => {
    deps.log.warn({}, "the database is older than what the workers have seen: counters are lifted");
    try {
      await deps.tier.renew();
      for (const worker of roster.all()) deps.link.registerAgain(worker.id);
    } catch (err) {
      deps.log.warn({ err }, "the renewal is tried again with the next report");
    }
  };
  const kickAllOf = (workerId: string): void => {
    for (const instance of book.of(workerId)) kick(instance._id);
  };
  const repairs = new Map<string, { digest: string; syncedAtMs: number }>();
  const intake = createWorkerIntake({
    ...assignments,
    roster,
    repairs,
    orphans,
    kick,
    kickAllOf,
    onParentIsOld,
    isRenewing: () => renewal !== undefined,
  });

  return {
    ...intake,
    root,
    roster,
    orphans,
    book,
    load: async () => {
      // Workers are waited for from the moment in which they could be known.
      startedAtMs = deps.clock.monotonicMs();
      await book.load();
      await roster.load();
      for (const candidate of await deps.candidates.list()) {
        ledger.learn(candidate._id, candidate.want_rev);
      }
      await root.load();
      for (const instance of book.all()) kick(instance._id);
    },
    tick: reconciler.tick,
    watch: () =>
      watchWorkers({
        ...deps,
        timeoutMs: deps.workerTimeoutMs,
        roster,
        startedAtMs,
        onLost: (workerId) => {
          deps.events?.onWorkerLost(workerId);
          kickAllOf(workerId);
        },
        onBraked: (reason) => deps.events?.onBraked(reason),
      }),
    sweepHolds: createHoldSweep({
      book,
      holds: deps.holds,
      listCandidates: deps.candidates.list,
      monotonicMs: deps.clock.monotonicMs,
      isNeeded: (instance, child) =>
        instance.child === child || instance.fenced.some((f) => f.child === child),
    }),
    workerRegistered: ({ wantRev, ...worker }) => {
      ledger.learn(worker.id, wantRev);
      roster.registered(worker);
      repairs.delete(worker.id);
      kickAllOf(worker.id);
    },
    workerRemoved: (workerId) => {
      roster.remove(workerId);
      repairs.delete(workerId);
      ledger.forget(workerId);
      kickAllOf(workerId);
    },
    onRootWork: outbox.onWork,
    idle: reconciler.idle,
    stop: reconciler.stop,
  };
}
