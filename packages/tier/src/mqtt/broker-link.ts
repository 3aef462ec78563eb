import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { backoffDelay, type Clock, type Logger, revealed, type Secret } from "@oak/kit";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { createHearing } from "./hearing.ts";

export interface BrokerAddress {
  host: string;
  port: number;
  /** PEM of the authority that signed the broker's certificate; absent: plain TCP */
  ca?: Buffer;
}

export interface BrokerLinkOptions {
  broker: BrokerAddress;
  tierSecret: string | Secret;
  /** Of the service that connects; names its connection and its user. */
  name: string;
  /** Topic filters with the quality that each is received with. */
  subscriptions: Readonly<Record<string, { qos: 0 | 1 }>>;
  /** Must return at once: whatever takes time belongs into a queue. */
  onMessage(topic: string, payload: Buffer): void;
  /** How long a sign of life may take. */
  patienceMs: number;
  logger: Logger;
  clock: Clock;
  random(): number;
}

/** The connection to the cluster's broker. It comes and goes; nothing is kept for the time without it. */
export interface BrokerLink {
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Monotonic milliseconds since when messages arrive; undefined while they do not, or while a broker that was
   * asked for a sign of life gives none.
   */
  upSinceMs(): number | undefined;
  /** Asks the broker for a sign of life: call it while others are missed who are heard through it. */
  probe(): void;
  /** Sends once, at least once for the broker; dropped while there is no connection. */
  publish(topic: string, message: object): void;
}

const reconnect = { baseMs: 200, maxMs: 5_000 };
/** For a connection of which nobody misses anything. */
const keepaliveS = 5;
const connectTimeoutMs = 5_000;
/** A broker that acknowledges nothing must not fill this process. */
const mostInFlight = 10_000;

/**
 * Each connection is a client of its own: one that reconnects by itself would send again what it had not
 * been able to send, and commands that are hours old are worse than none.
 */
export function createBrokerLink(options: BrokerLinkOptions): BrokerLink {
  const { logger, clock } = options;
  const clientId = `${options.name}-${randomBytes(6).toString("hex")}`;
  let isStopped = true;
  let isUp = false;
  let client: MqttClient | undefined;
  const hearing = createHearing(clock, options.patienceMs);
  let cancelRetry: (() => void) | undefined;
  let attempt = 0;
  let inFlight = 0;

  const open = (): void => {
    const opened = connect({ ...connectionOptions(options), clientId });
    client = opened;
    inFlight = 0;
    opened.on("connect", () => {
      // Small commands in a row would otherwise wait for the acknowledgement of the first one.
      if (opened.stream instanceof Socket) opened.stream.setNoDelay(true);
      void subscribe(opened);
    });
    opened.on("message", options.onMessage);
    opened.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp" && client === opened) hearing.answered();
    });
    opened.on("error", (err) => logger.debug({ err }, "broker connection failed"));
    opened.on("close", () => retry(opened));
  };

  const subscribe = async (opened: MqttClient): Promise<void> => {
    try {
      await opened.subscribeAsync({ ...options.subscriptions });
      if (client !== opened || !opened.connected) return;
      hearing.begin();
      isUp = true;
      attempt = 0;
      logger.info({ clientId }, "connected to the broker");
    } catch (err) {
      logger.warn({ err }, "the broker refused the subscriptions");
      opened.end(true);
    }
  };

  const retry = (closed: MqttClient): void => {
    if (client !== closed) return;
    if (isUp) logger.warn({ clientId }, "connection to the broker lost");
    client = undefined;
    isUp = false;
    hearing.end();
    closed.end(true);
    if (isStopped) return;
    // Full jitter above the least pause: after a restart of the broker thousands come back at once.
    const delayMs =
      reconnect.baseMs + backoffDelay({ ...reconnect, attempt, random: options.random });
    attempt += 1;
    cancelRetry = clock.setTimer(Math.min(delayMs, reconnect.maxMs), open);
  };

  return {
    start: async () => {
      if (!isStopped) return;
      isStopped = false;
      attempt = 0;
      open();
    },
    stop: async () => {
      isStopped = true;
      cancelRetry?.();
      const last = client;
      client = undefined;
      isUp = false;
      hearing.end();
      if (last !== undefined) await last.endAsync(!last.connected);
    },
    upSinceMs: hearing.sinceMs,
    probe: () => hearing.ask(() => client?.sendPing()),
    publish: (topic, message) => {
      if (client === undefined || !isUp || inFlight >= mostInFlight) {
        logger.debug({ topic }, "message dropped: no connection to the broker");
        return;
      }
      const sender = client;
      inFlight += 1;
      sender.publish(topic, JSON.stringify(message), { qos: 1 }, () => {
        if (client === sender) inFlight -= 1;
      });
    },
  };
}

function connectionOptions({ broker, tierSecret, name }: BrokerLinkOptions): IClientOptions {
  return {
    host: broker.host,
    port: broker.port,
    protocol: broker.ca === undefined ? "mqtt" : "mqtts",
    ...(broker.ca === undefined ? {} : { ca: broker.ca }),
    username: `tier:${name}`,
    password: revealed(tierSecret),
    clean: true,
    keepalive: keepaliveS,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
  };
}
