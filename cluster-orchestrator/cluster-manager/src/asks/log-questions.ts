import { ASK_KINDS, type Id, type Instance, instanceKey, LogsQuestion } from "@oak/contracts";
import { type AskHandlers, askHandler, commonErrors } from "@oak/kit";
import { errors } from "../errors.ts";
import type { Worker } from "../ports.ts";
import type { AskWorker } from "./ask-part.ts";

export interface LogQuestionDeps {
  instance(key: string): Instance | undefined;
  worker(id: Id): Worker | undefined;
  askWorker: AskWorker;
}

/** Of a log that is followed; who wants more asks again from where it ended. */
const limits = {
  follow: { maxBytes: 4 * 1024 ** 3, lifeMs: 12 * 3_600_000 },
  once: { maxBytes: 256 * 1024 ** 2, lifeMs: 600_000 },
};

/** What the root may ask of what instances print: the worker that has it is asked. */
export function logQuestions({ instance, worker, askWorker }: LogQuestionDeps): AskHandlers {
  return {
    [ASK_KINDS.logs]: askHandler(LogsQuestion, async (question, signal) => {
      const known = instance(instanceKey(question.job_id, question.instance_number));
      if (known === undefined) throw errors.instance_unknown();
      const workerId = placeOf(known);
      const present = workerId === undefined ? undefined : worker(workerId);
      if (present === undefined) throw errors.no_logs("No worker has the instance at the moment");
      if (present.isLegacy) {
        throw commonErrors.unavailable("Its worker is of an older version, which tells no logs");
      }
      if (present.liveness !== "alive") {
        throw commonErrors.unavailable("Its worker cannot be reached at the moment");
      }
      return askWorker({
        child: present.id,
        kind: ASK_KINDS.logs,
        params: question,
        signal,
        ...(question.follow ? limits.follow : limits.once),
      });
    }),
  };
}

/** Who has it; while nobody is given it, who had it last. */
function placeOf({ child, seen }: Instance): Id | undefined {
  return child ?? seen?.worker_id;
}
