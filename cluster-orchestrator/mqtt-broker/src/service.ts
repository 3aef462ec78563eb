import type { Socket } from "node:net";
import type { Logger, Metrics } from "@oak/kit";
import { fp } from "@oak/kit";
import { Aedes, type Client } from "aedes";
import { cutReasonOf } from "./domain/cut-reason.ts";
import { createFrameGuard } from "./domain/frame-guard.ts";
import { createAdmission } from "./mqtt/admission.ts";
import { createAuthorization } from "./mqtt/authorization.ts";
import { createBrokerMetrics } from "./mqtt/broker-metrics.ts";
import { createConnections } from "./mqtt/connections.ts";
import { guardReads } from "./mqtt/guarded-socket.ts";
import { type BrokerLimits, defaultLimits } from "./mqtt/limits.ts";
import { createListener, type TlsIdentity } from "./mqtt/listener.ts";
import type { CredentialChecker } from "./ports.ts";

export interface MqttBrokerOptions {
  listen: { host: string; port: number };
  /** Absent: plain TCP. */
  tls?: TlsIdentity;
  credentials: CredentialChecker;
  /** Admits clients without credentials, limited to the worker that their client id names. */
  allowInsecureJoin?: boolean;
  limits?: Partial<BrokerLimits>;
  logger: Logger;
  metrics: Metrics;
}

/**
 * The broker of one cluster. It keeps no state: no sessions, no retained messages, no queues. Whoever
 * publishes to somebody who is away publishes to nobody.
 */
export interface MqttBroker {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The port that it listens on; undefined unless started. */
  readonly port: number | undefined;
  /** Forgets what was remembered of this user and closes its connections; answers how many. */
  disconnect(username: string): number;
}

export function createMqttBroker(options: MqttBrokerOptions): MqttBroker {
  const { credentials, logger, allowInsecureJoin = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const metrics = createBrokerMetrics(options.metrics);
  const connections = createConnections();
  const shared = { connections, limits, metrics, logger };
  const aedes = new Aedes({
    ...aedesSettings(limits),
    ...createAdmission({ ...shared, credentials, allowInsecureJoin }),
    ...createAuthorization(shared),
  });
  followClients(aedes, shared);

  let pending = 0;
  const onConnection = (socket: Socket): void => {
    if (pending >= limits.maxPending) {
      metrics.refusedClients.inc({ reason: "too_many_pending" });
      socket.destroy();
      return;
    }
    pending += 1;
    const guard = createFrameGuard(limits.maxHandshakeBytes);
    guardReads(socket, guard);
    const client = aedes.handle(socket);
    const connection = connections.add(client, guard);
    const settle = once(() => {
      pending -= 1;
    });
    client.once("connected", settle);
    socket.once("close", () => {
      settle();
      // A registered client is released when aedes has taken it off its list, which may be later.
      if (connection.isRegistered) return;
      connections.claims.release(client.id, client);
      connections.remove(client);
    });
  };
  const listener = createListener({
    ...options.listen,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    limits,
    onConnection,
    onRejected: (reason) => metrics.refusedClients.inc({ reason }),
  });

  const closeAedes = () => new Promise<void>((resolve) => aedes.close(() => resolve()));

  return {
    start: async () => {
      await aedes.listen();
      await listener.start().catch(async (error: unknown) => {
        await closeAedes();
        throw error;
      });
      logger.info({ ...options.listen, port: listener.port }, "mqtt broker listens");
    },
    stop: async () => {
      await closeAedes();
      await listener.stop();
    },
    get port() {
      return listener.port;
    },
    disconnect: (username) => {
      credentials.forget(username);
      const affected = [...connections.all()].filter(([, known]) => known.username === username);
      for (const [client] of affected) client.close();
      return affected.length;
    },
  };
}

function aedesSettings(limits: BrokerLimits) {
  return {
    // With its defaults, one subscriber that stopped reading stalls every topic, and the broker dies of
    // a stack overflow when the drain timeout fires: no limit to concurrency, and a short timeout.
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.handshakeTimeoutMs,
    // Only brokers that share a store need to hear of each other; after a long pause of the machine
    // these messages would make aedes publish the wills of clients that live.
    heartbeatInterval: 24 * 3_600_000,
    maxClientsIdLength: 128,
    maxTopicLevels: 16,
    // QoS 2 is not used here; a few in flight are let through, since 0 means "any number" to aedes.
    maxInflightInbound: 8,
    queueLimit: 42,
  };
}

type Followed = Pick<
  Parameters<typeof createAuthorization>[0],
  "connections" | "metrics" | "logger"
>;

function followClients(aedes: Aedes, { connections, metrics, logger }: Followed): void {
  const recordCut = (client: Client, error: Error): void => {
    const connection = connections.of(client);
    const reason = cutReasonOf(error);
    // Each write that was under way reports the same end once more.
    if (connection === undefined || connection.isCut || reason === undefined) return;
    connection.isCut = true;
    metrics.cutClients.inc({ reason });
    const level = reason === "network" ? "debug" : "warn";
    logger[level]({ clientId: client.id, reason, err: error }, "client cut");
  };

  aedes.on("client", (client) => {
    const connection = connections.of(client);
    if (connection === undefined) return;
    connection.isRegistered = true;
    metrics.clients.inc();
    const { identity, username } = connection;
    const isVerified = identity?.kind === "manager" || identity?.isVerified === true;
    const facts = { clientId: client.id, username };
    if (isVerified) logger.info(facts, "client connected");
    else logger.warn(facts, "client connected without credentials");
    connections.claims.settle(client.id, client);
  });
  aedes.on("clientDisconnect", (client) => {
    metrics.clients.dec();
    logger.info({ clientId: client.id }, "client disconnected");
    connections.remove(client);
    connections.claims.release(client.id, client);
  });
  aedes.on("publish", ({ topic }) => fp("broker.delivered", topic));
  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) connections.of(client)?.filters.delete(filter);
  });
  aedes.on("clientError", recordCut);
  aedes.on("connectionError", recordCut);
  // Without a listener, an event of this name ends the process.
  (aedes as NodeJS.EventEmitter).on("error", (error: unknown) => {
    logger.error({ err: error }, "mqtt broker error");
  });
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
