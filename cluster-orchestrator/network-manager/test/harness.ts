import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NetTopic, netTopic, updatesTopic } from "@oak/contracts";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import {
  createHttpClient,
  createMetrics,
  createSilentLogger,
  type HttpClient,
  hashToken,
  Secret,
} from "@oak/kit";
import { createMqttBroker, createTierCredentials } from "@oak/mqtt-broker";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { createRootNetworkManager, type RootNetworkManager } from "@oak/root-network-manager";
import { type Db, MongoClient } from "mongodb";
import { connectAsync } from "mqtt";
import { createClusterNetworkManager } from "../src/service.ts";

const logger = createSilentLogger();
const loopback = { host: "127.0.0.1", port: 0 };
export const tierSecret = "secret-of-the-tests";
export const clusterToken = "token-of-the-cluster";
export const clusterId = "c".repeat(24);

/** Resolves as soon as the condition holds. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error("It did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export type Site = Awaited<ReturnType<typeof startSite>>;
export type Worker = Awaited<ReturnType<Site["worker"]>>;

/** One cluster and its root: the real services, but for the managers, on an embedded database. */
export async function startSite() {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-cnm-"));
  const mongo = createEmbeddedMongo({ dataDir });
  await mongo.start();
  const ends: (() => unknown)[] = [];
  const root = await startTier(mongo.url, "root", ends);
  const cluster = await startTier(mongo.url, "cluster", ends);
  const rootNetwork = await startRootNetwork(mongo.url, root, ends);
  const manager = await startManager(ends);
  const broker = createMqttBroker({
    listen: loopback,
    credentials: createTierCredentials(new Secret(tierSecret), {
      check: async () => undefined,
      forget: () => undefined,
    }),
    allowInsecureJoin: true,
    logger,
    metrics: createMetrics({ service: "mqtt-broker" }),
  });
  await broker.start();
  const rootClient = createHttpClient({ baseUrl: rootNetwork.url() });
  const wayToRoot = gated(rootClient);
  const make = () =>
    createClusterNetworkManager({
      database: { url: mongo.url, name: "cluster_network" },
      tierSecret,
      broker: { host: "127.0.0.1", port: broker.port ?? 0 },
      abstractor: cluster,
      clusterManager: manager,
      root: wayToRoot.client,
      listen: loopback,
      logger,
    });
  let service = make();
  const start = async (): Promise<void> => {
    await service.start();
    await eventually(async () => (await fetch(`${service.url()}/readyz`)).ok);
  };
  await start();
  return {
    root,
    cluster,
    rootNetwork,
    url: () => service.url(),
    /** One that is registered at the cluster. */
    worker: async (name: string) => {
      const allocatable = { vcpus: 4, memory: 1_000, vgpus: 0, storage: 1_000 };
      const body = { candidate_name: name, allocatable };
      const path = "/api/v1/resources";
      const { _id } = (await cluster.request({ method: "PUT", path, body })) as { _id: string };
      return startWorker(_id, broker.port ?? 0, ends);
    },
    /** Takes a worker out for good. */
    removeWorker: async (id: string) => {
      await cluster.request({ method: "DELETE", path: `/api/v1/resources/${id}` });
    },
    /** What stands in a collection of the service. */
    stored: (collection: string) =>
      inDatabase(mongo.url, "cluster_network", (db) =>
        db.collection(collection).find({}).toArray(),
      ),
    /** With the database of the root's network-manager. */
    atRoot: <T>(work: (db: Db) => Promise<T>) => inDatabase(mongo.url, "root_network", work),
    /** Names that the root tells this cluster of. */
    interests: async () =>
      inDatabase(mongo.url, "root_network", async (db) => {
        const clusters = await db.collection("clusters").find({}).toArray();
        return clusters.flatMap((cluster) => cluster["interests"] as string[]);
      }),
    /** What is asked of the root finds no answer until the returned function is called. */
    stallRoot: wayToRoot.close,
    restart: async () => {
      await service.stop();
      service = make();
      await start();
    },
    stop: async () => {
      wayToRoot.open();
      await service.stop();
      rootClient.close();
      for (const end of ends.reverse()) await end();
      await broker.stop();
      await mongo.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A client whose requests can be held up. */
function gated(client: HttpClient) {
  let passing = Promise.resolve();
  let open = (): void => undefined;
  return {
    client: {
      ...client,
      request: async (request) => {
        await passing;
        return client.request(request);
      },
    } satisfies HttpClient,
    open: () => open(),
    close: () => {
      passing = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
  };
}

async function inDatabase<T>(
  mongoUrl: string,
  database: string,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  const client = await MongoClient.connect(mongoUrl);
  try {
    return await work(client.db(database));
  } finally {
    await client.close();
  }
}

type Ends = (() => unknown)[];

async function startTier(mongoUrl: string, name: string, ends: Ends): Promise<HttpClient> {
  const abstractor = createResourceAbstractor({
    database: { url: mongoUrl, name },
    tierSecret,
    listen: loopback,
    logger,
  });
  await abstractor.start();
  const headers = { authorization: `Bearer ${tierSecret}` };
  const client = createHttpClient({ baseUrl: abstractor.url(), headers });
  ends.push(
    () => abstractor.stop(),
    () => client.close(),
  );
  return client;
}

async function startRootNetwork(
  mongoUrl: string,
  abstractor: HttpClient,
  ends: Ends,
): Promise<RootNetworkManager> {
  const network = createRootNetworkManager({
    database: { url: mongoUrl, name: "root_network" },
    tierSecret,
    abstractor,
    systemManager: abstractor,
    listen: loopback,
    logger,
  });
  await network.start();
  ends.push(() => network.stop().catch(() => undefined));
  await eventually(async () => (await fetch(`${network.url()}/readyz`)).ok);
  const tier = createHttpClient({
    baseUrl: network.url(),
    headers: { authorization: `Bearer ${tierSecret}` },
  });
  await tier.request({
    method: "POST",
    path: "/api/net/cluster",
    body: {
      cluster_id: clusterId,
      cluster_address: "",
      cluster_port: "",
      token_hash: hashToken(clusterToken),
    },
  });
  tier.close();
  return network;
}

/** What the cluster-manager tells services of its cluster. */
async function startManager(ends: Ends): Promise<HttpClient> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ cluster_id: clusterId, token: clusterToken }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const client = createHttpClient({ baseUrl: `http://127.0.0.1:${port}` });
  ends.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => client.close(),
  );
  return client;
}

/** The net-manager of a worker, as far as it speaks MQTT. */
async function startWorker(id: string, port: number, ends: Ends) {
  const client = await connectAsync({ host: "127.0.0.1", port, clientId: id, reconnectPeriod: 0 });
  ends.push(() => client.endAsync(true));
  const got: { topic: string; message: Record<string, unknown> }[] = [];
  client.on("message", (topic, payload) => {
    got.push({ topic, message: JSON.parse(payload.toString()) });
  });
  const own = ["queryResult", "subnetResult", "tunnelOffered"] as const;
  await client.subscribeAsync(
    own.map((topic) => netTopic(id, topic)),
    { qos: 1 },
  );
  const send = (topic: NetTopic, message: object | string) =>
    client.publishAsync(
      netTopic(id, topic),
      typeof message === "string" ? message : JSON.stringify(message),
      { qos: 1 },
    );
  const next = async (topic: string, from: number): Promise<Record<string, unknown>> => {
    const find = () => got.slice(from).find((one) => one.topic === topic)?.message;
    await eventually(() => find() !== undefined);
    return find() ?? {};
  };
  return {
    id,
    send,
    /** Answers to a question. */
    ask: async (topic: "query" | "subnet", message: object) => {
      const from = got.length;
      await send(topic, message);
      return next(netTopic(id, topic === "query" ? "queryResult" : "subnetResult"), from);
    },
    /** What it was offered so far. */
    offers: () =>
      got.filter(({ topic }) => topic === netTopic(id, "tunnelOffered")).map((one) => one.message),
    /** What it is told about a service from now on. */
    follow: async (jobName: string) => {
      const topic = updatesTopic(jobName);
      await client.subscribeAsync(topic, { qos: 1 });
      const from = got.length;
      return () =>
        got
          .slice(from)
          .filter((one) => one.topic === topic)
          .map(({ message }) => message);
    },
  };
}
