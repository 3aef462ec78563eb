import type { Readable } from "node:stream";
import { type Ask, workerTopic } from "@oak/contracts";
import {
  type AskHandlers,
  type Authenticator,
  addAskRoutes,
  bearerToken,
  type Clock,
  createAskBook,
  createAskResponder,
  createAskUplink,
  type HttpApp,
  type Logger,
  principalOf,
  type Question,
  requirePrincipal,
} from "@oak/kit";
import type { BrokerLink } from "@oak/tier/mqtt";
import type { RootState } from "../use-cases/root-registration.ts";

export interface AskPartOptions {
  /** Absent: a cluster on its own, which nobody asks. */
  rootUrl: string | undefined;
  rootState(): RootState | undefined;
  /** What the root may ask; workers are asked by `askWorker`. */
  handlers: AskHandlers;
  link: Pick<BrokerLink, "publish">;
  logger: Logger;
  clock: Clock;
}

/** Asks a worker; `child` is its id. Rejects as `AskBook.ask` does. */
export type AskWorker = (question: Omit<Question, "childName" | "caller">) => Promise<Readable>;

/**
 * Questions of the root, which come with its wishes, and questions to workers, which go over the broker. Both are answered
 * by the lower one with a request of its own.
 */
export interface AskPart {
  /** Begins to answer what the root asks. */
  take(asks: readonly Ask[]): void;
  askWorker: AskWorker;
  addRoutes(app: HttpApp, checkCredential: CheckCredential): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type CheckCredential = (credential: {
  username: string;
  password: string;
}) => Promise<string | undefined>;

/** The root waits somewhat longer. */
const answerWithinMs = 4_000;
/** The root counts for each of its users; here one worker must not take all. */
const limits = { total: 1_024, perChild: 64, perCaller: 1_024 };

export function createAskPart(options: AskPartOptions): AskPart {
  const { rootUrl, link, logger, clock } = options;
  const book = createAskBook({
    announce: (workerId, ask) => {
      link.publish(workerTopic(workerId, "ask"), ask);
      // Without a connection of the worker the message is gone, and with one it is there at once.
      return () => undefined;
    },
    limits,
    clock,
  });
  const uplink =
    rootUrl === undefined
      ? undefined
      : createAskUplink({
          baseUrl: rootUrl,
          path: "/api/cluster/asks",
          token: () => options.rootState()?.token,
        });
  const responder = uplink && createAskResponder({ handlers: options.handlers, uplink, logger });
  return {
    take: (asks) => {
      for (const ask of asks) responder?.take(ask);
    },
    askWorker: (question) =>
      book.ask({ answerWithinMs, ...question, caller: "root", childName: "worker" }),
    addRoutes: (app, checkCredential) =>
      addAskRoutes(app, {
        path: "/api/node/asks",
        book,
        gate: requirePrincipal(workerAuthenticator(checkCredential), "worker"),
        childOf: (request) => {
          const principal = principalOf(request);
          return principal.kind === "worker" ? principal.id : "";
        },
        tags: ["workers"],
      }),
    start: async () => undefined,
    stop: async () => {
      book.stop();
      await responder?.stop();
      uplink?.close();
    },
  };
}

/** Workers show what they show the broker: `Bearer <id>:<password>`. */
function workerAuthenticator(checkCredential: CheckCredential): Authenticator {
  return {
    authenticate: async (headers) => {
      const [, username, password] =
        /^([0-9a-f]{24}):(.{1,512})$/.exec(bearerToken(headers) ?? "") ?? [];
      if (username === undefined || password === undefined) return undefined;
      const id = await checkCredential({ username, password });
      return id === undefined ? undefined : { kind: "worker", id };
    },
  };
}
