import type {
  ClusterFigures,
  ClusterRegistered,
  ClusterReport,
  ClusterReportAnswer,
  NamedCopy,
  WantedAnswer,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import type { AssignmentDeps } from "../ports.ts";
import { acceptRootIntent } from "./accept-root-intent.ts";
import { jobReports } from "./build-root-report.ts";
import type { RootOutbox } from "./root-outbox.ts";

/** What the cluster knows of its root; survives a restart. */
export interface RootState {
  clusterId: string;
  token: string;
  session: number;
  incarnation: string;
  cursor: number;
}

/** The root as the cluster reaches it: outbound calls only. All reject when the root is away. */
export interface RootLink {
  register(token: string | undefined): Promise<ClusterRegistered>;
  /** `waitS`: how long the root may hold the answer back until something changes. */
  wanted(
    state: RootState,
    since: number,
    waitS: number,
    signal?: AbortSignal,
  ): Promise<WantedAnswer>;
  report(state: RootState, report: ClusterReport): Promise<ClusterReportAnswer>;
}

/** The root answered that it does not know this session (or token). */
export class NotRegistered extends Error {}

export interface RootStateStore {
  load(): Promise<RootState | undefined>;
  save(state: RootState): Promise<void>;
}

export interface FollowRootDeps extends AssignmentDeps {
  root: RootLink;
  rootStates: RootStateStore;
  outbox: RootOutbox;
  kick(key: string): void;
  /** figures of the cluster: everything in a report but the numbers and the instances */
  figures(): ClusterFigures;
  /** how long intents from before this database wait for the copies that may still run */
  learnS: number;
}

export interface RootFollower {
  /** Reads what was stored; call before anything else. */
  load(): Promise<void>;
  state(): RootState | undefined;
  isConnected(): boolean;
  /** Registers when that is due. */
  ensureRegistered(): Promise<RootState>;
  /** One long poll and its consequences. */
  pull(waitS: number, signal?: AbortSignal): Promise<void>;
  /** One report and its consequences. `hasFigures`: send it even without a changed instance. */
  report(): Promise<void>;
  /** Whether the root cannot command this instance any more. */
  isSettledAbove(key: string): boolean;
}

/** The child's side of the protocol between cluster and root. */
export function createRootFollower(deps: FollowRootDeps): RootFollower {
  let state: RootState | undefined;
  let isRegistered = false;
  let registering: Promise<RootState> | undefined;
  let isFreshDatabase = false;
  /** wishes up to here are older than our registration with this database */
  let olderUpTo = 0;
  let seq = 0;
  const closed = new Set<string>();
  deps.book.onChange((key, _before, after) => {
    if (after?.phase === "closed") closed.add(key);
    else closed.delete(key);
  });

  const save = async (next: RootState): Promise<void> => {
    await deps.rootStates.save(next);
    state = next;
  };

  const ensureRegistered = async (): Promise<RootState> => {
    if (state !== undefined && isRegistered) return state;
    // Pull and report find out at the same time that they are unknown: one registration serves both.
    registering ??= register().finally(() => {
      registering = undefined;
    });
    return registering;
  };

  const register = async (): Promise<RootState> => {
    const answer = await deps.root.register(state?.token);
    const isSameRoot = state?.incarnation === answer.incarnation;
    const next = {
      clusterId: answer.id,
      token: answer.token,
      session: answer.session,
      incarnation: answer.incarnation,
      cursor: isSameRoot ? (state?.cursor ?? 0) : 0,
    };
    await save(next);
    if (isFreshDatabase) olderUpTo = answer.want_rev;
    seq = 0;
    isRegistered = true;
    deps.outbox.markAll();
    deps.log.info({ cluster: answer.id, session: answer.session }, "registered with the root");
    return next;
  };

  const guarded = async <T>(work: (current: RootState) => Promise<T>): Promise<T> => {
    try {
      return await work(await ensureRegistered());
    } catch (error) {
      if (error instanceof NotRegistered) isRegistered = false;
      throw error;
    }
  };

  const apply = async (current: RootState, answer: WantedAnswer): Promise<void> => {
    if (answer.incarnation !== current.incarnation || answer.session !== current.session) {
      throw new NotRegistered("the root has started a new count");
    }
    const inSync = answer.full && answer.want_rev >= current.cursor;
    for (const change of answer.changes) {
      const isOlder = change.want_rev <= olderUpTo;
      const known = {
        incarnation: current.incarnation,
        cursor: current.cursor,
        placeNotBeforeS: isOlder ? deps.clock.nowMs() / 1000 + deps.learnS : 0,
      };
      await acceptRootIntent(deps, change, known, { inSync, incarnation: answer.incarnation });
      deps.kick(instanceKey(change.job_id, change.instance_number));
    }
    if (answer.want_rev > current.cursor) await save({ ...current, cursor: answer.want_rev });
    wakeClosed();
  };

  /** Closed instances are forgotten once the root has heard of it and the cursor has passed them. */
  const wakeClosed = (): void => {
    for (const key of closed) deps.kick(key);
  };

  const stopNamed = async (current: RootState, stop: readonly NamedCopy[]): Promise<void> => {
    for (const copy of stop) {
      const change = {
        job_id: copy.job_id,
        instance_number: copy.instance_number,
        epoch: copy.epoch,
        spec_rev: 0,
        want_rev: current.cursor,
        wanted: false,
      };
      const key = instanceKey(copy.job_id, copy.instance_number);
      if (deps.book.get(key) === undefined) continue;
      const known = { ...current, placeNotBeforeS: 0 };
      await acceptRootIntent(deps, change, known, {
        inSync: true,
        incarnation: current.incarnation,
      });
      deps.kick(key);
    }
  };

  return {
    load: async () => {
      state = await deps.rootStates.load();
      isFreshDatabase = state === undefined;
    },
    state: () => state,
    isConnected: () => isRegistered,
    ensureRegistered,
    pull: (waitS, signal) =>
      guarded(async (current) => {
        const answer = await deps.root.wanted(current, current.cursor, waitS, signal);
        // A registration may have come between: then this answer belongs to an older session.
        if (state?.session === current.session) await apply(state, answer);
      }),
    report: () =>
      guarded(async (current) => {
        const { keys, isFull } = deps.outbox.take();
        seq += 1;
        const { session, incarnation, cursor } = current;
        const instances = keys.flatMap((key) => deps.book.get(key) ?? []);
        const names = (jobId: string): string => deps.specs.nameOf(jobId);
        const numbers = { session, seq, incarnation, want_rev: cursor, full: isFull };
        try {
          const body = { ...deps.figures(), ...numbers, jobs: jobReports(instances, names) };
          const answer = await deps.root.report(current, body);
          deps.outbox.acknowledged(keys);
          await stopNamed(current, answer.stop);
          if (answer.incarnation !== incarnation) throw new NotRegistered("the root is a new one");
        } catch (error) {
          deps.outbox.failed(keys, isFull);
          throw error;
        }
        wakeClosed();
      }),
    isSettledAbove: (key) => {
      const intent = deps.book.get(key)?.intent;
      if (intent === undefined || intent === null || state === undefined) return false;
      const isPassed = intent.incarnation !== state.incarnation || intent.want_rev <= state.cursor;
      return isPassed && deps.outbox.isAcknowledged(key);
    },
  };
}
