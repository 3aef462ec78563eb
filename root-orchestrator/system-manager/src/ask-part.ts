import type { Readable } from "node:stream";
import {
  type AskBook,
  type Authenticator,
  addAskRoutes,
  type Clock,
  createAskBook,
  createMailbox,
  type HttpApp,
  type Mailbox,
  principalOf,
  type Question,
  requirePrincipal,
} from "@oak/kit";

/** A question to a cluster; `child` is its id. */
export type ClusterQuestion = Omit<Question, "childName">;

/** Asks a cluster and resolves with its answer as it comes; see `AskBook.ask` for what it rejects with. */
export type AskCluster = (question: ClusterQuestion) => Promise<Readable>;

/** What needs a cluster's or a worker's word: told where the cluster waits for wishes, answered by its request. */
export interface AskPart {
  mailbox: Pick<Mailbox, "take" | "changed">;
  askCluster: AskCluster;
  addRoutes(app: HttpApp, clusters: Authenticator): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The cluster may have to ask a worker before it knows the answer, and has this much more time than the worker. */
const answerWithinMs = 6_000;

export function createAskPart({ clock }: { clock: Clock }): AskPart {
  const mailbox = createMailbox(clock);
  const book: AskBook = createAskBook({ announce: mailbox.put, clock });
  return {
    mailbox,
    askCluster: (question) => book.ask({ answerWithinMs, ...question, childName: "cluster" }),
    addRoutes: (app, clusters) =>
      addAskRoutes(app, {
        path: "/api/cluster/asks",
        book,
        gate: requirePrincipal(clusters, "cluster"),
        childOf: (request) => {
          const principal = principalOf(request);
          return principal.kind === "cluster" ? principal.id : "";
        },
        tags: ["cluster protocol"],
      }),
    start: async () => undefined,
    stop: async () => book.stop(),
  };
}
