import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { type PresenceReport, workerTopic } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import type { IClientOptions, MqttClient } from "mqtt";
// Not by the package's front door, which loads WebSockets, proxies and timers of browsers: 6 MB of memory.
import clientModule from "mqtt/lib/client";
import { BrokerRefusal } from "../../domain/broker-refusal.ts";
import type { Broker, BrokerConnection, BrokerLogin } from "../../ports.ts";

export interface MqttBrokerOptions {
  host: string;
  /** The certificate authority of the cluster, PEM. Absent: plain TCP. */
  ca?: Buffer;
  /** A silent peer is noticed after one and a half times this. */
  keepaliveS?: number;
  /** Until the broker has admitted this worker, milliseconds. */
  connectTimeoutMs?: number;
  clock: Clock;
  logger: Logger;
}

type ClientClass = new (stream: () => Socket, options: IClientOptions) => MqttClient;

// The class is the default of a CommonJS module, which Node hands over as a whole, and others (test runners) unwrapped.
const MqttJsClient: ClientClass = clientModule.default ?? clientModule;

/** How long a farewell may take. */
const closeTimeoutMs = 1_000;

/**
 * Each connection is a client of its own that never reconnects by itself: the will carries the session and
 * the credential may have changed, so whoever reconnects decides anew.
 */
export function createMqttBroker(options: MqttBrokerOptions): Broker {
  return {
    connect: async (login, { onCommand, signal }) => {
      const client = createClient(options, login);
      client.on("message", (topic, payload) => onCommand(topic, payload));
      const connection = createConnection(client, login.workerId, options.clock);
      const abort = (): void => void client.end(true);
      signal.addEventListener("abort", abort, { once: true });
      try {
        signal.throwIfAborted();
        await established(client);
        await subscribed(client, login.workerId);
        return connection;
      } catch (error) {
        client.end(true);
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}

function createClient(options: MqttBrokerOptions, login: BrokerLogin): MqttClient {
  const { host, ca, keepaliveS = 5, connectTimeoutMs = 5_000, logger } = options;
  const { workerId, session, port, username, password } = login;
  const lost: PresenceReport = { session, state: "agent_lost" };
  const client = new MqttJsClient(
    () => {
      const target = { host, port };
      const socket = ca === undefined ? connectPlain(target) : connectSecure({ ...target, ca });
      // Commands and reports are small and each one counts: none waits for another to share its packet.
      // Not as an option of connecting, which TLS does not know.
      return socket.setNoDelay(true);
    },
    {
      // upstream: `<node id>-ne`
      clientId: `${workerId}-ne`,
      username,
      password,
      clean: true,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      will: {
        topic: workerTopic(workerId, "presence"),
        payload: Buffer.from(JSON.stringify(lost)),
        qos: 1,
        retain: false,
      },
      log: () => undefined,
    },
  );
  client.on("error", (error) => {
    logger.debug({ err: error }, "mqtt connection failed");
    // After what the parser rejects the stream would stay open without anybody listening.
    client.end(true);
  });
  return client;
}

function createConnection(client: MqttClient, workerId: string, clock: Clock): BrokerConnection {
  const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
  let isClosing = false;
  let askedAtMs: number | undefined;
  client.on("packetreceive", ({ cmd }) => {
    if (cmd === "pingresp") askedAtMs = undefined;
  });
  return {
    ended,
    ask: () => {
      if (askedAtMs !== undefined || !client.connected) return;
      askedAtMs = clock.monotonicMs();
      client.sendPing();
    },
    unansweredSinceMs: () => askedAtMs,
    send: (topic, message, { qos }) => {
      // After a farewell nothing may be heard that sounds like life.
      if (isClosing || !client.connected) return;
      client.publish(workerTopic(workerId, topic), JSON.stringify(message), { qos });
    },
    close: async (presence) => {
      isClosing = true;
      const timer = setTimeout(() => client.end(true), closeTimeoutMs);
      try {
        if (presence !== undefined && client.connected) {
          const text = JSON.stringify(presence);
          await client.publishAsync(workerTopic(workerId, "presence"), text, { qos: 1 });
        }
        client.end();
        await ended;
      } catch {
        // It broke before the farewell was acknowledged; then the will says the rest.
        client.end(true);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Resolves with CONNACK 0. */
function established(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    client.once("connect", () => resolve());
    client.on("error", (error) => {
      failure ??=
        "code" in error && isReturnCode(error.code) ? new BrokerRefusal(error.code, error) : error;
      reject(failure);
    });
    client.once("close", () => reject(failure ?? new Error("The connection was closed")));
  });
}

/** Return codes of CONNACK are numbers, errors of the system have names. */
function isReturnCode(code: unknown): code is number {
  return typeof code === "number";
}

async function subscribed(client: MqttClient, workerId: string): Promise<void> {
  const granted = await client.subscribeAsync(`nodes/${workerId}/control/+`, { qos: 1 });
  if (granted.some(({ qos }) => qos === 128)) throw new Error("The subscription was refused");
}
