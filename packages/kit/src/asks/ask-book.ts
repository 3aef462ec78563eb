import { randomBytes } from "node:crypto";
import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Ask, AskRefusal } from "@oak/contracts";
import { type Clock, systemClock } from "../clock.ts";
import { AppError, commonErrors } from "../errors.ts";
import { createFrameReader, type FrameTiming } from "./frames.ts";

/** A question to one child. */
export interface Question {
  child: string;
  kind: string;
  params: Readonly<Record<string, unknown>>;
  /** For whom it is asked; each has a limited number under way. */
  caller: string;
  /** The asker has gone: whoever answers stops as well. */
  signal: AbortSignal;
  /** How the child is called in refusals: "cluster", "worker". */
  childName?: string;
  /** Until the child has begun to answer; milliseconds. */
  answerWithinMs?: number;
  /** Of the whole answer. */
  maxBytes?: number;
  /** Until the answer must have ended. */
  lifeMs?: number;
}

/**
 * Questions of one kind under way, answers included. Each kind is counted by itself: logs that are followed for hours
 * must not keep out what is answered within a moment.
 */
export interface AskLimits {
  total: number;
  perChild: number;
  perCaller: number;
}

export interface AskBookOptions {
  /** Tells the child; a lost message is no fault. Answers what takes the question back if it still waits. */
  announce(child: string, ask: Ask): () => void;
  limits?: Partial<AskLimits>;
  timing?: FrameTiming;
  clock?: Clock;
}

/**
 * The questions that a parent has put to its children. Nobody dials down: a question is announced where the child
 * listens anyway, and the child brings the answer as a stream.
 */
export interface AskBook {
  /**
   * Resolves with the answer as it comes; whoever stops reading it destroys it. Rejects with an AppError: what the child
   * refused with, 504 `no_answer`, 429, 503.
   */
  ask(question: Question): Promise<Readable>;
  /**
   * Takes the answer that a child brings. Resolves when everything was read.
   * @throws AppError not_found: the child was not asked that, or the asker has gone
   */
  accept(child: string, id: string, incoming: Readable): Promise<void>;
  /** @throws AppError not_found */
  refuse(child: string, id: string, refusal: AskRefusal): void;
  /** Questions under way. */
  size(): number;
  /** Ends all. */
  stop(): void;
}

interface Entry {
  child: string;
  kind: string;
  caller: string;
  isTaken: boolean;
  begin(): Transform;
  fail(error: Error): void;
}

const defaultLimits: AskLimits = { total: 1_024, perChild: 128, perCaller: 32 };
const defaultAnswerMs = 4_000;
const defaultMaxBytes = 16 * 1024 * 1024;
const defaultLifeMs = 60_000;
/** What a child may refuse with; anything else of it is a fault of its own. */
const passedOn: ReadonlySet<number> = new Set([400, 403, 404, 409, 422, 429, 501, 503, 504]);

export function createAskBook(options: AskBookOptions): AskBook {
  const { clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const entries = new Map<string, Entry>();

  const open = (question: Question, settle: Settle): void => {
    const { child, kind, params, caller, signal } = question;
    const id = randomBytes(16).toString("hex");
    let reader: Transform | undefined;
    const end = (error: Error): void => {
      // Before it is taken the asker hears of it, later whoever reads.
      settle.reject(error);
      reader?.destroy(error);
      close();
    };
    const gone = (): void => end(commonErrors.unavailable("The asker has gone"));
    const lateAfterMs = question.answerWithinMs ?? defaultAnswerMs;
    const cancelLate = clock.setTimer(lateAfterMs, () => end(silent(question, lateAfterMs)));
    let withdraw = (): void => undefined;
    const stopWaiting = (): void => {
      cancelLate();
      withdraw();
      withdraw = () => undefined;
    };
    let endLife = (): void => undefined;
    const close = (): void => {
      if (!entries.delete(id)) return;
      stopWaiting();
      endLife();
      signal.removeEventListener("abort", gone);
    };
    signal.addEventListener("abort", gone, { once: true });
    entries.set(id, {
      child,
      kind,
      caller,
      isTaken: false,
      begin: () => {
        stopWaiting();
        const { maxBytes = defaultMaxBytes, lifeMs = defaultLifeMs } = question;
        endLife = clock.setTimer(lifeMs, () =>
          end(commonErrors.no_answer("The answer took longer than it may")),
        );
        reader = createFrameReader({ ...options.timing, clock, maxBytes });
        reader.once("close", close);
        // Whoever reads hears of it; there may be nobody left.
        reader.on("error", () => undefined);
        settle.resolve(reader);
        return reader;
      },
      fail: end,
    });
    withdraw = options.announce(child, { id, kind, params });
  };

  const entryOf = (child: string, id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined || entry.child !== child || entry.isTaken) {
      throw commonErrors.not_found("No such question is open");
    }
    return entry;
  };

  return {
    ask: async (question) => {
      if (question.signal.aborted) throw commonErrors.unavailable("The asker has gone");
      refuseTooMany(question, entries, limits);
      return new Promise((resolve, reject) => open(question, { resolve, reject }));
    },
    accept: async (child, id, incoming) => {
      const entry = entryOf(child, id);
      entry.isTaken = true;
      await pipeline(incoming, entry.begin());
    },
    refuse: (child, id, refusal) => entryOf(child, id).fail(toError(refusal)),
    size: () => entries.size,
    stop: () => {
      for (const entry of [...entries.values()]) {
        entry.fail(commonErrors.unavailable("The service is stopping"));
      }
    },
  };
}

interface Settle {
  resolve(body: Readable): void;
  reject(error: Error): void;
}

function refuseTooMany(
  { child, kind, caller }: Question,
  entries: ReadonlyMap<string, Entry>,
  limits: AskLimits,
): void {
  const all = [...entries.values()].filter((entry) => entry.kind === kind);
  if (all.filter((entry) => entry.caller === caller).length >= limits.perCaller) {
    throw commonErrors.too_many_requests(
      `You have ${limits.perCaller} requests of this kind under way; end one of them first`,
    );
  }
  const isFull =
    all.length >= limits.total ||
    all.filter((entry) => entry.child === child).length >= limits.perChild;
  if (isFull) throw commonErrors.unavailable("Too many such requests are under way; try again");
}

function silent({ childName = "other side" }: Question, ms: number): AppError {
  return commonErrors.no_answer(
    `The ${childName} did not answer within ${Math.round(ms / 100) / 10} s; it may be away, or too old to know this question`,
  );
}

function toError({ status, code, message }: AskRefusal): AppError {
  if (!passedOn.has(status)) return commonErrors.unavailable(`The answer failed: ${message}`);
  return new AppError(code, { status, title: "It was refused below" }, { detail: message });
}
