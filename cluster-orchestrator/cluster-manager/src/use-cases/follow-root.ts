import type { Ask, ClusterFigures, NamedCopy, WantedAnswer, WantedChange } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import type { CommandVerdict } from "@oak/core";
import { fp } from "@oak/kit";
import { forEachAtOnce } from "@oak/tier";
import type { AssignmentDeps } from "../ports.ts";
import { type AcceptDeps, acceptRootIntent } from "./accept-root-intent.ts";
import { type InstanceFacts, jobReports } from "./build-root-report.ts";
import type { RootOutbox } from "./root-outbox.ts";
import {
  createRootRegistration,
  NotRegistered,
  type RootLink,
  type RootState,
  type RootStateStore,
} from "./root-registration.ts";
import type { RootTeller } from "./tell-root.ts";

export interface FollowRootDeps extends AssignmentDeps, AcceptDeps {
  root: RootLink;
  rootStates: RootStateStore;
  outbox: RootOutbox;
  /** what has happened, told beside what there is */
  teller?: Pick<RootTeller, "take" | "acknowledged">;
  kick(key: string): void;
  /** figures of the cluster: everything in a report but the numbers and the instances */
  figures(): ClusterFigures;
  /** figures of one instance that are newer than its record, as far as there are any */
  factsOf?(key: string): InstanceFacts | undefined;
  /** where users reach what runs on a worker, as far as that is known */
  addressOf?: ((workerId: string) => string | undefined) | undefined;
  /** the root asks something; what has been asked before is known */
  onAsks?(asks: readonly Ask[]): void;
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
  /** Asks for everything that is wanted, whatever the cursor says: a repair, not a rule. */
  pullAll(signal?: AbortSignal): Promise<void>;
  /** A change that the root brought itself; a `foreign` one names another root's database. */
  accept(change: WantedChange, incarnation: string): Promise<CommandVerdict>;
  /** One report and its consequences; it carries the cluster's figures also without a changed instance. */
  report(signal?: AbortSignal): Promise<void>;
  /** The next report lists everything: a repair, not a rule. */
  reportAllNext(): void;
  /** Begins to store how far the root's wishes are followed, when that is due; call it often. */
  noteCursor(): void;
  /** Whether the root cannot command this instance any more. */
  isSettledAbove(key: string): boolean;
}

/** No two changes of one answer are of the same instance. */
const CHANGES_AT_ONCE = 32;

/** The child's side of the protocol between cluster and root. */
export function createRootFollower(deps: FollowRootDeps): RootFollower {
  const { book, outbox } = deps;
  const registration = createRootRegistration({ ...deps, onRegistered: outbox.markAll });
  const closed = new Set<string>();
  book.onChange((key, _before, after) => {
    if (after?.phase === "closed") closed.add(key);
    else closed.delete(key);
  });
  /** Closed instances are forgotten once the root has heard of it and the cursor has passed them. */
  const wakeClosed = (): void => {
    for (const key of closed) deps.kick(key);
  };

  const take = async (current: RootState, change: WantedChange, inSync: boolean) => {
    const isOlder = registration.isFromBefore(change.want_rev);
    const known = {
      incarnation: current.incarnation,
      cursor: current.cursor,
      placeNotBeforeS: isOlder ? deps.clock.nowMs() / 1000 + deps.learnS : 0,
    };
    const options = { inSync, incarnation: current.incarnation };
    try {
      return await acceptRootIntent(deps, change, known, options);
    } finally {
      // Also when it failed: the wish may be stored all the same, and the root not repeat it.
      deps.kick(instanceKey(change.job_id, change.instance_number));
    }
  };

  const apply = async (current: RootState, answer: WantedAnswer): Promise<void> => {
    if (answer.incarnation !== current.incarnation || answer.session !== current.session) {
      throw new NotRegistered("the root has started a new count");
    }
    const inSync = answer.full && answer.want_rev >= current.cursor;
    await forEachAtOnce(answer.changes, CHANGES_AT_ONCE, async (change) => {
      await take(current, change, inSync);
    });
    registration.advance(current.session, answer.want_rev);
    wakeClosed();
  };

  const pullFrom = (
    since: (current: RootState) => number,
    waitS: number,
    signal: AbortSignal | undefined,
  ) =>
    registration.inSession(async (current) => {
      const answer = await deps.root.wanted(current, since(current), waitS, signal);
      if (answer.asks !== undefined) deps.onAsks?.(answer.asks);
      // A registration may have come between: then this answer belongs to an older session.
      const latest = registration.state();
      if (latest?.session === current.session) await apply(latest, answer);
    });

  const stopNamed = async (current: RootState, stop: readonly NamedCopy[]): Promise<void> => {
    for (const copy of stop) {
      if (book.get(instanceKey(copy.job_id, copy.instance_number)) === undefined) continue;
      await take(current, goneOf(copy, current.cursor), true);
    }
  };

  const numbersOf = ({ session, incarnation, cursor }: RootState) => ({
    ...deps.figures(),
    session,
    seq: registration.nextSeq(),
    incarnation,
    want_rev: cursor,
  });

  const report = (signal?: AbortSignal): Promise<void> =>
    registration.inSession(async (current) => {
      const { keys, isFull } = outbox.take();
      const told = deps.teller?.take();
      try {
        const instances = keys.flatMap((key) => book.get(key) ?? []);
        const body = {
          ...numbersOf(current),
          full: isFull,
          jobs: jobReports(instances, { ...deps, nameOf: deps.specs.nameOf }),
          ...(told !== undefined && { told }),
        };
        const answer = await deps.root.report(current, body, signal);
        for (const key of keys) fp("cluster.reported", key);
        outbox.acknowledged(keys);
        deps.teller?.acknowledged(told);
        await stopNamed(current, answer.stop);
        if (answer.send_full) outbox.markAll();
        if (answer.incarnation !== current.incarnation) {
          throw new NotRegistered("the root is a new one");
        }
      } catch (error) {
        outbox.failed(keys, isFull);
        throw error;
      }
      wakeClosed();
    });

  return {
    load: registration.load,
    state: registration.state,
    isConnected: registration.isConnected,
    ensureRegistered: registration.ensure,
    pull: (waitS, signal) => pullFrom(({ cursor }) => cursor, waitS, signal),
    pullAll: (signal) => pullFrom(() => 0, 0, signal),
    accept: async (change, incarnation) => {
      const current = registration.state();
      if (current === undefined || current.incarnation !== incarnation) return "foreign";
      return take(current, change, false);
    },
    report,
    reportAllNext: outbox.markAll,
    noteCursor: () => {
      registration.noteCursor().then(
        (isNoted) => isNoted && wakeClosed(),
        (err: unknown) => deps.log.warn({ err }, "how far the root is followed is noted later"),
      );
    },
    isSettledAbove: (key) => {
      const intent = book.get(key)?.intent;
      const current = registration.state();
      if (intent === undefined || intent === null || current === undefined) return false;
      // The stored one: after a restart it is all that tells an old command from a new one.
      const isPassed =
        intent.incarnation !== current.incarnation ||
        intent.want_rev <= registration.storedCursor();
      return isPassed && outbox.isAcknowledged(key);
    },
  };
}

/** A copy that must end, as a change of what is wanted. */
function goneOf(copy: NamedCopy, cursor: number): WantedChange {
  const { job_id, instance_number, epoch } = copy;
  return { job_id, instance_number, epoch, spec_rev: 0, want_rev: cursor, wanted: false };
}
