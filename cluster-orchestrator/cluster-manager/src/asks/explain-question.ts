import { ASK_KINDS, ExplainQuestion, instanceKey } from "@oak/contracts";
import { type AskHandlers, askHandler, jsonAnswer } from "@oak/kit";
import type { ExplainPlacement } from "@oak/tier";

/** The root asks how this cluster's scheduler would decide; nothing is placed by it. */
export function explainQuestion(explain: ExplainPlacement): AskHandlers {
  return {
    [ASK_KINDS.explain]: askHandler(ExplainQuestion, async ({ job, instance_number: number }) => {
      // Under the name of the instance its last decision is found.
      const subject = number === null ? "one more" : `${instanceKey(job._id, number)}:explain`;
      return jsonAnswer(await explain({ attempt_id: subject, job, exclude: [] }));
    }),
  };
}
