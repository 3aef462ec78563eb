import { mkdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { Id, Session, WantRev } from "@oak/contracts";
import { type Logger, writeDurably } from "@oak/kit";
import { z } from "zod";

/** What the agent keeps of its cluster. All of it is absent before the first registration. */
export const AgentState = z.object({
  worker_id: Id.exactOptional(),
  mqtt: z.object({ username: z.string(), password: z.string() }).exactOptional(),
  broker_port: z.int().min(1).max(65_535).exactOptional(),
  known: z
    .object({
      incarnation: z.string(),
      session: Session,
      cursor: WantRev,
      ahead: z.array(WantRev),
    })
    .exactOptional(),
});
export type AgentState = z.infer<typeof AgentState>;

export interface AgentStateStore {
  /** Called once, before anything else. */
  load(): Promise<AgentState>;
  current(): AgentState;
  /** Resolves when the change survives a power cut. Changes are written in the order of the calls. */
  update(change: AgentState): Promise<void>;
}

/**
 * Keeps the state in `<folder>/agent.json`, readable by its owner only since it holds the password. A file
 * that cannot be read is set aside: the worker then joins again with the secret, under the same id.
 */
export function createAgentStateStore(options: {
  folder: string;
  logger: Logger;
}): AgentStateStore {
  const { folder, logger } = options;
  const file = path.join(folder, "agent.json");
  let state: AgentState = {};
  let writing: Promise<void> = Promise.resolve();

  return {
    load: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        state = AgentState.parse(JSON.parse(await readFile(file, "utf8")));
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
          logger.error({ file, err: error }, "agent state unreadable, set aside");
          await rename(file, `${file}.corrupt`);
        }
      }
      return state;
    },
    current: () => state,
    update: (change) => {
      state = { ...state, ...change };
      const text = `${JSON.stringify(state, undefined, 2)}\n`;
      const write = (): Promise<void> => writeDurably(file, text);
      const written = writing.then(write, write);
      writing = written;
      return written;
    },
  };
}
