import { fastify } from "fastify";
import { z } from "zod";
import { answerQuestions } from "../network/answers.ts";

/*
 * A process of its own (see bare-process.ts): a Fastify without anything around it, which answers each path with
 * the value that it was given for it.
 */
const Question = z.object({ bodies: z.record(z.string(), z.unknown()) });
const bodies = new Map<string, unknown>();

const app = fastify();
app.get("/:name", async (request) => bodies.get((request.params as { name: string }).name));
app.post("/:name", async (request) => bodies.get((request.params as { name: string }).name));
const origin = await app.listen({ host: "127.0.0.1", port: 0 });

answerQuestions((question) => {
  for (const [name, body] of Object.entries(Question.parse(question).bodies)) {
    bodies.set(name, body);
  }
  return origin;
});
