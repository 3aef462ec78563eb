import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SERVICE_NODE_FLAGS, type TestBed } from "@oak/testkit";
import { z } from "zod";
import { Answer } from "../network/answers.ts";

/** A bare Fastify in a process of its own, with the same flags of Node as our services. */
export interface BareServer {
  origin: string;
  /** From now on it answers `GET /<name>` with this. */
  give(bodies: Readonly<Record<string, unknown>>): Promise<void>;
}

export async function startBareServer(bed: TestBed): Promise<BareServer> {
  const entry = fileURLToPath(new URL("bare-server.js", import.meta.url));
  const child = fork(entry, { execArgv: [...SERVICE_NODE_FLAGS], detached: true });
  bed.onClose(async () => {
    const exited = once(child, "exit");
    if (child.kill("SIGKILL")) await exited;
  });
  const give = async (bodies: Readonly<Record<string, unknown>>) => ask(child, { bodies });
  const origin = await give({});
  return {
    origin,
    give: async (bodies) => {
      await give(bodies);
    },
  };
}

async function ask(child: ChildProcess, question: object): Promise<string> {
  const answered = once(child, "message");
  child.send(question);
  const [said] = await answered;
  const answer = Answer.parse(said);
  if (answer.kind === "refusal") throw new Error(`The bare server: ${answer.reason}`);
  return z.string().parse(answer.value);
}
