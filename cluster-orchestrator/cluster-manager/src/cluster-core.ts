import type { Ask } from "@oak/contracts";
import type {
  AssignmentStore,
  HoldStore,
  InstanceBook,
  Log,
  PlacementScheduler,
  TierClock,
  WantLedger,
} from "@oak/tier";
import {
  childrenOf,
  createHoldSweep,
  createInstanceBook,
  createReconciler,
  createWantLedger,
  decideRefreshed,
  type HoldSweepDeps,
} from "@oak/tier";
import type { Evidence } from "./domain/evidence.ts";
import { createPace } from "./domain/pace.ts";
import type { PlacerSettings } from "./domain/settings.ts";
import type { AssignmentDeps, SpecBook, TierBook, WorkerLink } from "./ports.ts";
import {
  createRootFollower,
  type FollowRootDeps,
  type RootFollower,
} from "./use-cases/follow-root.ts";
import { createInstanceFigures } from "./use-cases/instance-figures.ts";
import { kickWithOrphans } from "./use-cases/kick-with-orphans.ts";
import { createLearning } from "./use-cases/learning.ts";
import { createLegacyWorkers } from "./use-cases/legacy-worker.ts";
import { reconcileInstance } from "./use-cases/reconcile-instance.ts";
import { createTierRenewal } from "./use-cases/renew-tier.ts";
import { createRootOutbox, type WorkListener } from "./use-cases/root-outbox.ts";
import type { SentTimes } from "./use-cases/send-command.ts";
import { createStoreFirstRecord } from "./use-cases/store-first-record.ts";
import type { HeartbeatDeps } from "./use-cases/take-heartbeat.ts";
import {
  endOrphan,
  forgetOrphansOf,
  isRoomOfOrphan,
  type Orphan,
} from "./use-cases/take-orphan.ts";
import { type IntakeDeps, takeJobReport } from "./use-cases/take-worker-report.ts";
import { createRootTeller } from "./use-cases/tell-root.ts";
import { watchWorkers } from "./use-cases/watch-workers.ts";
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
  onAsks?(asks: readonly Ask[]): void;
  /** how many runtimes a worker offers, as far as that is known */
  runtimesOf?(workerId: string): number;
  addressOf?: FollowRootDeps["addressOf"];
  /** how people call a worker, as far as that is known */
  nodeNameOf?: (workerId: string) => string | undefined;
  events?: CoreEvents;
  learnS: number;
  workerTimeoutMs: number;
  reconnectSpreadMs: number;
  linkUpSinceMs(): number | undefined;
  probeLink?(): void;
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
  /** Judges silent workers, every 200 to 1000 ms; answers in how many the next one may be due. */
  watch(): Promise<number | undefined>;
  /** Drops holds that nothing points to; every few seconds. */
  sweepHolds(): Promise<void>;
  /** Stores figures of instances, bundled; about every second. */
  flushFigures(): Promise<void>;
  root: RootFollower;
  roster: Roster;
  orphans: ReadonlyMap<string, Orphan>;
  book: ReturnType<typeof createInstanceBook>;
  workerRegistered(worker: {
    id: string;
    session: number;
    isLegacy: boolean;
    wantRev: number;
    name?: string;
  }): void;
  workerRemoved(workerId: string): void;
  /**
   * A person has decided that a copy which nobody here wants ends. It is listed until its worker confirms that.
   * @returns false when no such copy is listed
   */
  endOrphan(workerId: string, key: string): boolean;
  /** Called when the root should hear something soon. */
  onRootWork(listener: WorkListener): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createClusterCore(deps: ClusterCoreDeps): ClusterCore {
  const book = createInstanceBook(deps.store, deps.clock.monotonicMs);
  const ledger = createWantLedger();
  const teller = createRootTeller({ nowMs: deps.clock.nowMs, nameOf: deps.nodeNameOf });
  const roster = teller.watching(createRoster(deps.candidates, deps));
  const outbox = createRootOutbox(book);
  const instanceFigures = createInstanceFigures({ book, clock: deps.clock });
  const sent: SentTimes = new Map();
  const orphans = new Map<string, Orphan>();
  const repairs: HeartbeatDeps["repairs"] = new Map();
  const learning = createLearning({ ...deps, roster }, deps.learnS);

  const link = withDeployNotice(deps.link, (workerId, command) => {
    const worker = roster.get(workerId);
    // What was dropped for want of a connection is sent again.
    const isSent = deps.linkUpSinceMs() !== undefined;
    if (worker?.isLegacy === true && isSent) legacy.deployed(worker, command);
  });
  const assignments: AssignmentDeps = {
    ...deps,
    link,
    book,
    ledger,
    roster,
    onStep: (step) => deps.events?.onStep(step),
    ...learning,
    isSettledAbove: (key) => root.isSettledAbove(key),
  };
  const { kick, ...reconciler } = createReconciler<Evidence>({
    run: (key, evidence) =>
      decideRefreshed(assignments, key, () => reconcileInstance(assignments, sent, key, evidence)),
    onError: (key, err) => deps.log.warn({ instance: key, err }, "a decision is tried again"),
    monotonicMs: deps.clock.monotonicMs,
  });
  const root = createRootFollower({
    ...deps,
    ...assignments,
    outbox,
    teller,
    storeFirst: createStoreFirstRecord({ ...assignments, orphans }),
    kick: (key) => kickWithOrphans(orphans, key, kick),
    factsOf: instanceFigures.of,
  });
  const renewal = createTierRenewal({ ...deps, roster, onRenewed: () => learning.begin(true) });
  const stops = createPace(deps.clock.monotonicMs, deps.settings.resendS * 1000);
  const reports: IntakeDeps = {
    ...assignments,
    kick,
    orphans,
    stops,
    onParentIsOld: renewal.begin,
  };
  const legacy = createLegacyWorkers({
    ...reports,
    take: (worker, report) => takeJobReport(reports, worker, report),
    runtimesOf: (workerId) => deps.runtimesOf?.(workerId) ?? 1,
  });
  const kickAllOf = (workerId: string): void => {
    for (const instance of book.of(workerId)) kick(instance._id);
  };
  const intake = createWorkerIntake({
    ...reports,
    roster,
    legacy,
    instanceFigures,
    repairs,
    kickAllOf,
    isRenewing: renewal.isUnderWay,
  });

  const load = async (): Promise<void> => {
    // Workers are waited for from the moment in which they could be known.
    learning.begin(false);
    await loadStored({ candidates: deps.candidates, book, roster, ledger, root });
    teller.watchBook(book);
    for (const { _id } of book.all()) kick(_id);
  };
  const onLost = (workerId: string): void => {
    deps.events?.onWorkerLost(workerId);
    kickAllOf(workerId);
  };
  const onBraked = (reason: string): void => deps.events?.onBraked(reason);
  const watched = { ...deps, timeoutMs: deps.workerTimeoutMs, roster, onLost, onBraked };

  return {
    ...intake,
    root,
    roster,
    orphans,
    book,
    load,
    tick: () => {
      reconciler.tick();
      root.noteCursor();
    },
    watch: () => watchWorkers({ ...watched, startedAtMs: learning.sinceMs() }),
    sweepHolds: createHoldSweep({ ...sweepDeps(deps, orphans), book }),
    flushFigures: instanceFigures.flush,
    workerRegistered: ({ wantRev, ...registered }) => {
      ledger.learn(registered.id, wantRev);
      roster.registered(registered);
      repairs.delete(registered.id);
      const worker = roster.get(registered.id);
      if (worker?.isLegacy === true) legacy.registered(worker);
      kickAllOf(registered.id);
    },
    workerRemoved: (workerId) => {
      roster.remove(workerId);
      repairs.delete(workerId);
      ledger.forget(workerId);
      forgetOrphansOf(orphans, workerId);
      kickAllOf(workerId);
    },
    endOrphan: (workerId, key) => endOrphan(reports, workerId, key),
    onRootWork: (listener) => {
      outbox.onWork(listener);
      teller.onWork(() => listener(false));
    },
    idle: reconciler.idle,
    stop: reconciler.stop,
  };
}

async function loadStored(
  parts: Pick<AssignmentDeps, "book" | "ledger"> &
    Pick<ClusterCoreDeps, "candidates"> &
    Pick<ClusterCore, "roster" | "root">,
): Promise<void> {
  const { book, roster, candidates, ledger, root } = parts;
  await book.load();
  await roster.load();
  removeUnknown(book, roster);
  await learnCounts(candidates, ledger);
  await root.load();
}

/** What is not there any more when the process starts was taken out while it was away. */
function removeUnknown(book: InstanceBook, roster: Roster): void {
  const children = [...book.all()].flatMap((instance) => childrenOf(instance));
  for (const id of children) if (roster.get(id) === undefined) roster.remove(id);
}

async function learnCounts(candidates: CandidateStore, ledger: WantLedger): Promise<void> {
  for (const { _id, want_rev } of await candidates.list()) ledger.learn(_id, want_rev);
}

function withDeployNotice(link: WorkerLink, onDeploy: WorkerLink["deploy"]): WorkerLink {
  return {
    ...link,
    deploy: (workerId, command) => {
      link.deploy(workerId, command);
      onDeploy(workerId, command);
    },
  };
}

function sweepDeps(
  { holds, candidates, clock }: ClusterCoreDeps,
  orphans: ReadonlyMap<string, Orphan>,
): Omit<HoldSweepDeps, "book"> {
  return {
    holds,
    listCandidates: candidates.list,
    monotonicMs: clock.monotonicMs,
    isNeeded: (instance, child, key) =>
      childrenOf(instance).includes(child) || isRoomOfOrphan(orphans, child, key),
  };
}
