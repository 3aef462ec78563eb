import {
  ASK_KINDS,
  type Candidate,
  type Id,
  type NodeFacts,
  NodeFactsInFull,
  NodesAnswer,
  type NodeView,
  type NodeViewInFull,
} from "@oak/contracts";
import { AppError, type Clock, readJsonAnswer } from "@oak/kit";
import type { AskCluster, ClusterQuestion } from "../ask-part.ts";
import { errors } from "../errors.ts";
import type { ClusterDirectory } from "../ports/clusters.ts";

export interface NodesDeps {
  clusters: ClusterDirectory;
  askCluster: AskCluster;
  clock: Clock;
}

/** Workers of all clusters, by the word of their clusters. */
export interface Nodes {
  /**
   * Of all clusters, or of one by id or name. A cluster that does not answer in time is there with what it said last,
   * marked `stale`.
   * @throws AppError cluster_unknown
   */
  list(cluster?: string): Promise<NodeView[]>;
  /**
   * @param order for whom it is asked, and when nobody waits any more
   * @throws AppError node_unknown, or 503 and 504 when a cluster that may have it does not answer
   */
  get(id: Id, order: NodeOrder): Promise<NodeViewInFull>;
}

export interface NodeOrder {
  caller: string;
  signal: AbortSignal;
}

/** For all pages of a cluster together. */
const answerWithinMs = 3_000;
/** Whoever asks within this time gets the same answer: a flood of requests asks a cluster no more often. */
const sharedMs = 500;
const pageSize = 1_000;
/** A cluster that claims more is not believed. */
const mostNodes = 50_000;
const mostBytes = 16 * 1024 * 1024;

interface Heard {
  nodes: readonly NodeFacts[];
  isStale: boolean;
}

export function createNodes({ clusters, askCluster, clock }: NodesDeps): Nodes {
  const remembered = new Map<Id, readonly NodeFacts[]>();
  const shared = new Map<Id, { heard: Promise<Heard>; untilMs: number }>();

  const ask = (question: Pick<ClusterQuestion, "child" | "kind" | "params" | keyof NodeOrder>) =>
    askCluster({
      ...question,
      answerWithinMs,
      lifeMs: answerWithinMs,
      maxBytes: mostBytes,
    });

  const askAll = async (clusterId: Id, signal: AbortSignal): Promise<NodeFacts[]> => {
    const found: NodeFacts[] = [];
    for (;;) {
      const after = found.at(-1)?.id;
      const params = { limit: pageSize, ...(after !== undefined && { after }) };
      // The answers are shared, so nobody is counted for them.
      const caller = `nodes of ${clusterId}`;
      const answer = await ask({ child: clusterId, kind: ASK_KINDS.nodes, params, caller, signal });
      const { nodes } = await readJsonAnswer(answer, NodesAnswer);
      // In order, or it would never end.
      found.push(...nodes.filter(({ id }) => after === undefined || id > after));
      if (nodes.length < pageSize || found.at(-1)?.id === after) return found;
      if (found.length >= mostNodes) return found;
    }
  };

  const hear = async (cluster: Candidate): Promise<Heard> => {
    const { _id: id } = cluster;
    if (!isAlive(cluster)) return { nodes: remembered.get(id) ?? [], isStale: true };
    const late = new AbortController();
    const cancel = clock.setTimer(answerWithinMs, () => late.abort());
    try {
      const nodes = await askAll(id, late.signal);
      remembered.set(id, nodes);
      return { nodes, isStale: false };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { nodes: remembered.get(id) ?? [], isStale: true };
    } finally {
      cancel();
    }
  };

  const hearShared = (cluster: Candidate): Promise<Heard> => {
    const present = shared.get(cluster._id);
    if (present !== undefined && clock.monotonicMs() < present.untilMs) return present.heard;
    const heard = hear(cluster);
    const asked = { heard, untilMs: Number.POSITIVE_INFINITY };
    shared.set(cluster._id, asked);
    const settle = (forMs: number) => (): void => {
      asked.untilMs = clock.monotonicMs() + forMs;
    };
    heard.then(settle(sharedMs), settle(0));
    return heard;
  };

  const forget = (present: ReadonlySet<Id>): void => {
    for (const heard of [remembered, shared]) {
      for (const id of heard.keys()) if (!present.has(id)) heard.delete(id);
    }
  };

  return {
    list: async (wanted) => {
      const all = await clusters.list();
      forget(new Set(all.map(({ _id }) => _id)));
      const asked = all.filter(
        ({ _id, candidate_name }) =>
          wanted === undefined || _id === wanted || candidate_name === wanted,
      );
      if (wanted !== undefined && asked.length === 0) throw errors.cluster_unknown();
      const heard = await Promise.all(
        asked.map(async (cluster) => {
          const { nodes, isStale } = await hearShared(cluster);
          return nodes.map((node) => ({ ...node, ...placeOf(cluster, isStale) }));
        }),
      );
      return heard.flat();
    },
    get: async (id, order) => {
      const all = await clusters.list();
      // Whoever has told of it comes first, and mostly alone.
      const tellers = all.filter(({ _id }) => remembered.get(_id)?.some((one) => one.id === id));
      const asked = (tellers.length > 0 ? tellers : all).filter(isAlive);
      if (tellers.length > 0 && asked.length === 0) {
        throw errors.unavailable("Its cluster is not connected at the moment");
      }
      const answers = await Promise.allSettled(
        asked.map(async (cluster) => {
          const question = { child: cluster._id, kind: ASK_KINDS.node, params: { id } };
          const answer = await ask({ ...question, ...order });
          const node = await readJsonAnswer(answer, NodeFactsInFull);
          if (node.id !== id) throw errors.unavailable("The cluster speaks of another node");
          return { ...node, ...placeOf(cluster, false) };
        }),
      );
      const found = answers.find((answer) => answer.status === "fulfilled");
      if (found !== undefined) return found.value;
      const failures = answers.flatMap((answer) =>
        answer.status === "rejected" ? [answer.reason] : [],
      );
      // One that could not be asked may have it.
      throw failures.find((error) => !isUnknown(error)) ?? errors.node_unknown();
    },
  };
}

function isAlive({ liveness }: Candidate): boolean {
  return liveness === "alive";
}

function placeOf({ _id, candidate_name }: Candidate, isStale: boolean) {
  return {
    cluster_id: _id,
    cluster_name: candidate_name,
    ...(isStale && { stale: true as const, liveness: "lost" as const }),
  };
}

function isUnknown(error: unknown): boolean {
  return error instanceof AppError && error.status === 404;
}
