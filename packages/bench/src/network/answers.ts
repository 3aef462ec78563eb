import { z } from "zod";

/** What a program inside a namespace says to one question. */
export const Answer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("answer"), value: z.unknown().optional() }),
  z.object({ kind: z.literal("refusal"), reason: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;

/**
 * Answers the questions of the process that started this one.
 * @param afterwards called with each answer once it is on its way: the moment for what blocks for ever
 */
export function answerQuestions(
  answer: (question: unknown) => unknown,
  afterwards: (value: unknown) => void = () => undefined,
): void {
  process.on("message", (question) => {
    void reply(question, answer).then((said) => {
      process.send?.(said, () => {
        if (said.kind === "answer") afterwards(said.value);
      });
    });
  });
  process.on("disconnect", () => process.exit(0));
}

async function reply(question: unknown, answer: (question: unknown) => unknown): Promise<Answer> {
  try {
    return { kind: "answer", value: await answer(question) };
  } catch (error) {
    return { kind: "refusal", reason: error instanceof Error ? error.message : String(error) };
  }
}
