import { Readable } from "node:stream";
import { ASK_KINDS, type Ask, LogsQuestion } from "@oak/contracts";
import {
  askHandler,
  createAskResponder,
  createAskUplink,
  type Logger,
  revealed,
  type Secret,
} from "@oak/kit";
import type { InstanceLogs } from "./instance-logs.ts";

export interface QuestionsDeps {
  cluster: { host: string; port: number };
  /** As whom this worker answers; undefined before it is registered. */
  login(): { username: string; password: string | Secret } | undefined;
  logs: InstanceLogs;
  logger: Logger;
}

/** What the cluster asks this worker; it is answered by requests of this worker's own, so that nothing listens here. */
export interface Questions {
  take(ask: Ask): void;
  stop(): Promise<void>;
}

const mostAtOnce = 64;

export function createQuestions({ cluster, login, logs, logger }: QuestionsDeps): Questions {
  const { host, port } = cluster;
  const uplink = createAskUplink({
    baseUrl: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    path: "/api/node/asks",
    token: () => {
      const known = login();
      return known && `${known.username}:${revealed(known.password)}`;
    },
  });
  const responder = createAskResponder({
    handlers: {
      [ASK_KINDS.logs]: askHandler(LogsQuestion, async (question, signal) =>
        Readable.from(await logs.open(question, signal)),
      ),
    },
    uplink,
    mostAtOnce,
    logger,
  });
  return {
    take: responder.take,
    stop: async () => {
      await responder.stop();
      uplink.close();
    },
  };
}
