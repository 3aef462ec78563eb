import type { JobSpec, PlacementProposal } from "@oak/contracts";
import { backoffDelay, type Clock, type Logger, sleep } from "@oak/kit";
import type { PlacementResult, ResultReceiver } from "../ports.ts";
import type { Proposer } from "./propose.ts";

/** A request that is answered later, by a message to the manager. */
export interface DeployRequest {
  /** comes back as it was: a job id, or `<job id>/<instance number>` */
  jobId: string;
  /** absent when the caller does not number its attempts */
  attemptId: string | undefined;
  job: JobSpec;
}

export interface AnswerDeps {
  proposer: Pick<Proposer, "propose">;
  receiver: ResultReceiver;
  clock: Clock;
  random(): number;
  logger: Logger;
  onAnswered(outcome: AnswerOutcome): void;
}

export type AnswerOutcome = "delivered" | "rejected" | "given_up";

/** Accepts requests and answers each of them once. Nothing is stored: the manager asks again if it must. */
export interface DeployAnswers {
  /** False when too many are waiting. One that is already being answered is taken as the same. */
  accept(request: DeployRequest): boolean;
  start(): Promise<void>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

const waitingAtMost = 10_000;
const answersAtOnce = 16;

/** Eight tries in about half a minute; by then the manager's own deadline has long passed. */
const triesAtMost = 8;
const pauses = { baseMs: 250, maxMs: 8_000 };

export function createDeployAnswers(deps: AnswerDeps): DeployAnswers {
  /** by attempt, in order of arrival */
  const waiting = new Map<string, DeployRequest>();
  const running = new Map<string, Promise<void>>();
  let controller = new AbortController();

  const runNext = (): void => {
    for (const [attempt, request] of waiting) {
      if (running.size >= answersAtOnce || controller.signal.aborted) return;
      waiting.delete(attempt);
      const answering = answer(deps, request, controller.signal).finally(() => {
        running.delete(attempt);
        runNext();
      });
      running.set(attempt, answering);
    }
  };

  return {
    accept: (request) => {
      const attempt = request.attemptId ?? request.jobId;
      if (waiting.has(attempt) || running.has(attempt)) return true;
      if (waiting.size >= waitingAtMost) return false;
      waiting.set(attempt, request);
      runNext();
      return true;
    },
    start: async () => {
      controller = new AbortController();
    },
    stop: async () => {
      controller.abort();
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}

/** Never rejects. */
async function answer(
  deps: AnswerDeps,
  request: DeployRequest,
  signal: AbortSignal,
): Promise<void> {
  const { jobId, attemptId, job } = request;
  const proposal = deps.proposer.propose({ attempt_id: attemptId ?? jobId, job, exclude: [] });
  const result = toResult(request, proposal);
  const outcome = await deliver(deps, result, signal);
  if (outcome === undefined) return;
  deps.onAnswered(outcome);
  if (outcome === "given_up") deps.logger.error({ jobId, attemptId }, "result not delivered");
  else deps.logger.debug({ jobId, attemptId, outcome }, "result delivered");
}

/** Undefined when the service stops meanwhile. */
async function deliver(
  { receiver, clock, random, logger }: AnswerDeps,
  result: PlacementResult,
  signal: AbortSignal,
): Promise<AnswerOutcome | undefined> {
  for (let attempt = 0; attempt < triesAtMost; attempt += 1) {
    try {
      return await receiver.deliver(result, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      logger.warn({ jobId: result.job_id, attempt, err: error }, "result not delivered yet");
    }
    await sleep(clock, backoffDelay({ attempt, random, ...pauses }), signal);
    if (signal.aborted) return undefined;
  }
  return "given_up";
}

function toResult({ jobId, attemptId }: DeployRequest, proposal: PlacementProposal) {
  const named = { job_id: jobId, ...(attemptId === undefined ? {} : { attempt_id: attemptId }) };
  return "candidate_id" in proposal
    ? { ...named, candidate_id: proposal.candidate_id }
    : { ...named, status: proposal.status };
}
