import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { type NetTopic, netTopic } from "@oak/contracts";
import { backoffDelay, type Clock, type Logger } from "@oak/kit";
import type { IClientOptions, MqttClient } from "mqtt";
// Not by the package's front door, which loads WebSockets, proxies and timers of browsers: 6 MB of memory.
import clientModule from "mqtt/lib/client";

/** With what this worker signs in to the broker of its cluster. */
export interface BrokerLogin {
  /** The worker's id, which is the client id as well. */
  workerId: string;
  host: string;
  port: number;
  username?: string;
  password?: string;
  /** Absent: plain TCP. All PEM. */
  tls?: { ca?: string; cert?: string; key?: string };
}

/** The connection to the cluster's broker. It comes and goes; nothing is kept for the time without it. */
export interface ClusterLink {
  /** Connects, and connects anew whenever the connection ends. A login before this one is given up. */
  open(login: BrokerLogin): void;
  stop(): Promise<void>;
  isUp(): boolean;
  /** Under the worker's own topics, at least once. Answers whether there was a connection to send it on. */
  send(topic: NetTopic, message: object): boolean;
  /** Resolves with whether the broker has accepted it. */
  subscribe(topics: readonly string[]): Promise<boolean>;
  unsubscribe(topic: string): void;
}

export interface ClusterLinkOptions {
  /** Connected and subscribed to the worker's own topics; all other subscriptions are gone. */
  onUp(): void;
  onMessage(topic: string, payload: Buffer): void;
  clock: Clock;
  random(): number;
  logger: Logger;
}

type ClientClass = new (stream: () => Socket, options: IClientOptions) => MqttClient;

// The class is the default of a CommonJS module, which Node hands over as a whole, and others (test runners) unwrapped.
const MqttJsClient: ClientClass = clientModule.default ?? clientModule;

const reconnect = { baseMs: 200, maxMs: 5_000 };
const keepaliveS = 5;
const connectTimeoutMs = 5_000;

/** Each connection is a client of its own: one that reconnects by itself would send again what is old by then. */
export function createClusterLink(options: ClusterLinkOptions): ClusterLink {
  const { clock, logger } = options;
  let login: BrokerLogin | undefined;
  let client: MqttClient | undefined;
  let isUp = false;
  let attempt = 0;
  let cancelRetry: (() => void) | undefined;

  const connect = (): void => {
    if (login === undefined) return;
    const opened = createClient(login, logger);
    const { workerId } = login;
    client = opened;
    opened.on("connect", () => void welcome(opened, workerId));
    opened.on("message", (topic, payload) => {
      if (client === opened) options.onMessage(topic, payload);
    });
    opened.on("close", () => retry(opened));
  };

  const welcome = async (opened: MqttClient, workerId: string): Promise<void> => {
    const own = (["subnetResult", "queryResult", "tunnelOffered"] as const).map((topic) =>
      netTopic(workerId, topic),
    );
    if (!(await subscribed(opened, own))) {
      logger.warn("the broker refused the subscriptions");
      opened.end(true);
      return;
    }
    if (client !== opened || !opened.connected) return;
    isUp = true;
    attempt = 0;
    logger.info("connected to the broker");
    options.onUp();
  };

  const retry = (closed: MqttClient): void => {
    closed.end(true);
    if (client !== closed) return;
    if (isUp) logger.warn("connection to the broker lost");
    client = undefined;
    isUp = false;
    const delayMs =
      reconnect.baseMs + backoffDelay({ ...reconnect, attempt, random: options.random });
    attempt += 1;
    cancelRetry = clock.setTimer(Math.min(delayMs, reconnect.maxMs), connect);
  };

  const close = (): MqttClient | undefined => {
    const last = client;
    cancelRetry?.();
    client = undefined;
    isUp = false;
    attempt = 0;
    return last;
  };

  return {
    open: (next) => {
      close()?.end(true);
      login = next;
      connect();
    },
    stop: async () => {
      login = undefined;
      const last = close();
      if (last !== undefined) await last.endAsync(!last.connected);
    },
    isUp: () => isUp,
    send: (topic, message) => {
      if (client === undefined || login === undefined || !isUp) return false;
      client.publish(netTopic(login.workerId, topic), JSON.stringify(message), { qos: 1 });
      return true;
    },
    subscribe: async (topics) => client !== undefined && isUp && subscribed(client, topics),
    unsubscribe: (topic) => {
      if (isUp) client?.unsubscribe(topic, () => undefined);
    },
  };
}

function createClient(login: BrokerLogin, logger: Logger): MqttClient {
  const { host, port, tls, workerId, username, password } = login;
  const client = new MqttJsClient(
    () => {
      const target = { host, port };
      const socket =
        tls === undefined ? connectPlain(target) : connectSecure({ ...target, ...tls });
      // Small messages in a row would otherwise wait for the acknowledgement of the first one.
      return socket.setNoDelay(true);
    },
    {
      // upstream: the id alone; the node-engine's ends in `-ne`
      clientId: workerId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      clean: true,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      log: () => undefined,
    },
  );
  client.on("error", (err) => {
    logger.debug({ err }, "broker connection failed");
    client.end(true);
  });
  return client;
}

async function subscribed(client: MqttClient, topics: readonly string[]): Promise<boolean> {
  try {
    const granted = await client.subscribeAsync([...topics], { qos: 1 });
    return granted.every(({ qos }) => qos !== 128);
  } catch {
    // The connection has ended, and whoever needs the subscription hears of the next one.
    return false;
  }
}
