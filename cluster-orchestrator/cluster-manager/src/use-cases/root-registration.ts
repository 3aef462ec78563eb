import type {
  ClusterRegistered,
  ClusterReport,
  ClusterReportAnswer,
  WantedAnswer,
} from "@oak/contracts";
import { fp } from "@oak/kit";
import type { Log, TierClock } from "@oak/tier";
import { createOneAtATime } from "../domain/one-at-a-time.ts";

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
  report(
    state: RootState,
    report: ClusterReport,
    signal?: AbortSignal,
  ): Promise<ClusterReportAnswer>;
}

/** The root answered that it does not know this session (or token). */
export class NotRegistered extends Error {}

export interface RootStateStore {
  load(): Promise<RootState | undefined>;
  save(state: RootState): Promise<void>;
}

export interface RootRegistrationDeps {
  root: RootLink;
  rootStates: RootStateStore;
  log: Log;
  /** a new session begins: the root must be told everything again */
  onRegistered(): void;
  clock: Pick<TierClock, "monotonicMs">;
}

/** A deployment takes about as long, and should not have to share the disk with this. */
const NOTE_CURSOR_MS = 500;

/** The cluster's membership at its root: one session at a time, renewed when the root asks for it. */
export interface RootRegistration {
  /** Reads what was stored; call before anything else. */
  load(): Promise<void>;
  state(): RootState | undefined;
  isConnected(): boolean;
  /** Registers when that is due. */
  ensure(): Promise<RootState>;
  /** Runs `work` inside a session; when it throws NotRegistered, the next call registers again. */
  inSession<T>(work: (current: RootState) => Promise<T>): Promise<T>;
  /**
   * The root's wishes up to here are stored, unless another session has begun meanwhile. The number itself is
   * stored later: what a crash makes of an older one is that wishes come again, and nothing changes by those.
   */
  advance(session: number, cursor: number): void;
  /**
   * Stores how far that is, when it has moved a while ago; call it often.
   * @returns whether it did
   * @throws whatever the store throws; it is tried again
   */
  noteCursor(): Promise<boolean>;
  /** How far the root's wishes are passed for good, whatever happens to this process. */
  storedCursor(): number;
  /** Whether a wish is older than the registration of this database, which was empty then. */
  isFromBefore(wantRev: number): boolean;
  nextSeq(): number;
}

export function createRootRegistration(deps: RootRegistrationDeps): RootRegistration {
  let state: RootState | undefined;
  let isRegistered = false;
  let registering: Promise<RootState> | undefined;
  let isFreshDatabase = false;
  let olderUpTo = 0;
  let seq = 0;
  let storedCursor = 0;
  let noteAtMs: number | undefined;
  const inTurn = createOneAtATime();

  const store = async (next: RootState): Promise<void> => {
    await deps.rootStates.save(next);
    storedCursor = next.cursor;
  };

  /** In turn: a cursor that is being stored must not put an older session over a new one. */
  const begin = (answer: ClusterRegistered): Promise<RootState> =>
    inTurn("state", async () => {
      // A root that took the cluster out and met it again, as a new one, counts its wishes anew. And one that
      // gives a session again has gone back to an older state: its count is not the one that we have followed.
      const isSameCount =
        state?.incarnation === answer.incarnation &&
        state.clusterId === answer.id &&
        state.session < answer.session;
      const next = {
        clusterId: answer.id,
        token: answer.token,
        session: answer.session,
        incarnation: answer.incarnation,
        cursor: isSameCount ? (state?.cursor ?? 0) : 0,
      };
      await store(next);
      state = next;
      noteAtMs = undefined;
      return next;
    });

  const register = async (): Promise<RootState> => {
    const answer = await deps.root.register(state?.token);
    const next = await begin(answer);
    if (isFreshDatabase) olderUpTo = answer.want_rev;
    isFreshDatabase = false;
    seq = 0;
    isRegistered = true;
    deps.onRegistered();
    deps.log.info({ cluster: answer.id, session: answer.session }, "registered with the root");
    return next;
  };

  const ensure = async (): Promise<RootState> => {
    if (state !== undefined && isRegistered) return state;
    // Pull and report find out at the same time that they are unknown: one registration serves both.
    registering ??= register().finally(() => {
      registering = undefined;
    });
    return registering;
  };

  return {
    load: async () => {
      state = await deps.rootStates.load();
      storedCursor = state?.cursor ?? 0;
      isFreshDatabase = state === undefined;
    },
    state: () => state,
    isConnected: () => isRegistered,
    ensure,
    inSession: async (work) => {
      const current = await ensure();
      try {
        return await work(current);
      } catch (error) {
        // The other of pull and report may have registered again already: that session is not in doubt.
        if (error instanceof NotRegistered && state?.session === current.session) {
          isRegistered = false;
        }
        throw error;
      }
    },
    advance: (session, cursor) => {
      if (state === undefined || state.session !== session || cursor <= state.cursor) return;
      state = { ...state, cursor };
      noteAtMs ??= deps.clock.monotonicMs() + NOTE_CURSOR_MS;
    },
    noteCursor: async () => {
      const current = state;
      const nowMs = deps.clock.monotonicMs();
      if (current === undefined || noteAtMs === undefined || nowMs < noteAtMs) return false;
      // Until this try has ended, and a pause after it when it fails.
      noteAtMs = nowMs + NOTE_CURSOR_MS;
      await inTurn("state", () => store(state ?? current));
      fp("cluster.cursor_stored", String(storedCursor));
      if (storedCursor === state?.cursor) noteAtMs = undefined;
      return true;
    },
    storedCursor: () => storedCursor,
    isFromBefore: (wantRev) => wantRev <= olderUpTo,
    nextSeq: () => {
      seq += 1;
      return seq;
    },
  };
}
