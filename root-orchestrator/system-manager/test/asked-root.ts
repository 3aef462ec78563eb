import { randomBytes } from "node:crypto";
import type { Ask, Candidate, ClusterRegistered, WantedAnswer } from "@oak/contracts";
import {
  type AskHandlers,
  createAskResponder,
  createAskUplink,
  createSilentLogger,
} from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { anInstanceView } from "./fake-stores.ts";
import { startTestDatabase } from "./harness.ts";
import { type People, type Person, startPeople } from "./people.ts";

type Content = NonNullable<RequestInit["body"]>;

const logger = createSilentLogger();

/** A root that clusters can join, and that asks them. */
export interface AskedRoot {
  people: People;
  url: string;
  join(name: string): Promise<FakeCluster>;
  /** Deploys a service for somebody; its instance 0 is in the cluster. Answers the id of the service. */
  deploy(owner: Person, cluster: FakeCluster): Promise<string>;
  stop(): Promise<void>;
}

/** A cluster as the root hears it: it waits for wishes, and is asked there. */
export interface FakeCluster {
  id: string;
  name: string;
  token: string;
  /** Answers as a cluster does, until it is given other handlers. */
  answer(handlers: AskHandlers): void;
  /** Takes the questions in its own way. */
  onAsk(take: (ask: Ask) => void): void;
  /** Sends bytes as the answer; resolves with the status. */
  send(id: string, bytes: Buffer | ReadableStream<Uint8Array>, token?: string): Promise<number>;
  refuse(id: string, body: unknown): Promise<number>;
}

export async function startAskedRoot(
  options: Parameters<typeof startPeople>[1] = {},
): Promise<AskedRoot> {
  const database = await startTestDatabase();
  const tierSecret = "a-secret-of-this-test";
  const abstractor = createResourceAbstractor({
    database: { url: database.url, name: "resource_abstractor" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger,
  });
  await abstractor.start();
  const client = createResourceAbstractorClient({ baseUrl: abstractor.url(), tierSecret });
  const people = await startPeople(database, { ...options, abstractor: client });
  const { harness } = people;
  const url = harness.manager.url();
  const over = new AbortController();
  const endings: (() => Promise<unknown>)[] = [];

  const join = async (name: string): Promise<FakeCluster> => {
    const { body } = await untilReady(() =>
      harness.call("POST", "/api/cluster/register", {
        headers: { authorization: `Bearer ${harness.manager.joinSecret().reveal()}` },
        body: { cluster_name: name, incarnation: `incarnation-of-${name}` },
      }),
    );
    const member: ClusterRegistered = body;
    let take = (_ask: Ask): void => undefined;
    const polling = poll(url, member, over.signal, (ask) => take(ask));
    endings.push(() => polling);
    harness.stores.candidates.push(aCandidate(member.id, name));
    const post = async (path: string, type: string, content: Content, token = member.token) => {
      const { status } = await fetch(`${url}/api/cluster/asks/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": type },
        body: content,
        duplex: "half",
      } as RequestInit);
      return status;
    };
    return {
      id: member.id,
      name,
      token: member.token,
      answer: (handlers) => {
        const uplink = createAskUplink({
          baseUrl: url,
          path: "/api/cluster/asks",
          token: () => member.token,
        });
        const responder = createAskResponder({ handlers, uplink, logger });
        take = responder.take;
        endings.push(async () => {
          await responder.stop();
          uplink.close();
        });
      },
      onAsk: (taker) => {
        take = taker;
      },
      send: (id, bytes, token) => post(id, "application/octet-stream", bytes as Content, token),
      refuse: (id, refusal) => post(`${id}/refusal`, "application/json", JSON.stringify(refusal)),
    };
  };
  return {
    people,
    url,
    join,
    deploy: async (owner, cluster) => {
      const sla = anSla() as { applications: object[] };
      Object.assign(sla.applications[0] ?? {}, {
        application_name: `a${randomBytes(5).toString("hex")}`,
      });
      const { body } = await owner.call("POST", "/api/application", sla);
      const id: string = body[0].microservices[0];
      await owner.call("POST", `/api/service/${id}/instance`);
      const view = anInstanceView(0, { status: "RUNNING", cluster_id: cluster.id });
      harness.stores.instances.set(id, [view]);
      return id;
    },
    stop: async () => {
      over.abort();
      await Promise.all(endings.map((end) => end()));
      await harness.stop();
      client.close();
      await abstractor.stop();
      await database.stop();
    },
  };
}

/** The root reads its state first. */
async function untilReady<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
  const endMs = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer.status === 200) return answer;
    if (Date.now() > endMs) throw new Error(`No cluster can join: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function poll(
  url: string,
  { id, token, session }: ClusterRegistered,
  signal: AbortSignal,
  take: (ask: Ask) => void,
): Promise<void> {
  let since = 0;
  while (!signal.aborted) {
    try {
      const query = `session=${session}&since=${since}&wait=20`;
      const response = await fetch(`${url}/api/clusters/${id}/wanted?${query}`, {
        headers: { authorization: `Bearer ${token}` },
        signal,
      });
      const answer = (await response.json()) as WantedAnswer;
      since = answer.want_rev;
      for (const ask of answer.asks ?? []) take(ask);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function aCandidate(id: string, name: string): Candidate {
  return {
    _id: id,
    candidate_name: name,
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus: 4, memory: 4_000, vgpus: 0, storage: 100 },
    holds: {},
    liveness: "alive",
    schedulable: true,
    session: 1,
    last_modified_timestamp: 1_700_000_000,
  };
}
