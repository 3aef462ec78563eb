import type { NodeRegistered, PresenceReport } from "@oak/contracts";
import { backoffDelay, type Clock, type Logger, type Metrics, sleep } from "@oak/kit";
import { BrokerRefusal } from "../domain/broker-refusal.ts";
import type { Broker, BrokerConnection } from "../ports.ts";

export interface KeepContactDeps {
  /** Registers, however long it takes, and stores what was answered; undefined when aborted. */
  join(signal: AbortSignal): Promise<NodeRegistered | undefined>;
  broker: Broker;
  onCommand: (topic: string, payload: Buffer) => void;
  /** A connection stands under the session of `registered`. Must not throw. */
  onOnline(connection: BrokerConnection, registered: NodeRegistered): void;
  /** It is over. Must not throw. */
  onOffline(): void;
  clock: Clock;
  /** Numbers in [0, 1). */
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

export type ContactState =
  | { kind: "stopped" }
  | { kind: "joining" }
  | { kind: "connecting"; trouble?: string }
  | { kind: "online" };

/** Keeps this worker registered and connected. */
export interface ClusterContact {
  start(): Promise<void>;
  /** Ends contact after saying `presence`, if there is contact. */
  stop(presence: PresenceReport["state"]): Promise<void>;
  /** Says something about the worker without ending anything. */
  announce(presence: PresenceReport["state"]): void;
  /** The cluster does not know this session: register, and connect anew. */
  registerAgain(): void;
  state(): ContactState;
}

const reconnectPause = { baseMs: 200, maxMs: 5_000 };
const rejoinPause = { baseMs: 200, maxMs: 30_000 };
/** After so long without the broker it may have moved: the cluster-manager knows where it is. */
const rejoinAfterMs = 30_000;
/** What lasted this long makes the next pauses short again. */
const stableMs = 10_000;

type Ending = "rejoin" | "lost" | "unreached";

interface Online {
  connection: BrokerConnection;
  session: number;
  mustRejoin: boolean;
}

export function createClusterContact(deps: KeepContactDeps): ClusterContact {
  const { clock, random, logger } = deps;
  const connected = deps.metrics.gauge({
    name: "node_engine_connected",
    help: "1 while this worker is connected to the broker of its cluster",
  });
  let state: ContactState = { kind: "stopped" };
  let controller: AbortController | undefined;
  let running: Promise<void> | undefined;
  let online: Online | undefined;

  const pauses = (limits: typeof reconnectPause) => {
    let attempt = 0;
    return async (lastedMs: number, signal: AbortSignal): Promise<void> => {
      if (lastedMs >= stableMs) attempt = 0;
      await sleep(clock, backoffDelay({ attempt, ...limits, random }), signal);
      attempt += 1;
    };
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    const pause = pauses(rejoinPause);
    while (!signal.aborted) {
      state = { kind: "joining" };
      const registered = await deps.join(signal).catch((error: unknown) => {
        logger.error({ err: error }, "registration could not be stored, will try again");
        return undefined;
      });
      const sinceMs = clock.monotonicMs();
      if (registered !== undefined) await stayConnected(registered, signal);
      await pause(clock.monotonicMs() - sinceMs, signal);
    }
  };

  /** Connects as often as needed; returns when only a new registration helps. */
  const stayConnected = async (registered: NodeRegistered, signal: AbortSignal): Promise<void> => {
    const pause = pauses(reconnectPause);
    let contactMs = clock.monotonicMs();
    state = { kind: "connecting" };
    while (!signal.aborted && clock.monotonicMs() - contactMs < rejoinAfterMs) {
      const sinceMs = clock.monotonicMs();
      const ending = await connectOnce(registered, signal);
      if (ending === "rejoin") return;
      if (ending === "lost") contactMs = clock.monotonicMs();
      await pause(clock.monotonicMs() - sinceMs, signal);
    }
  };

  const connectOnce = async (registered: NodeRegistered, signal: AbortSignal): Promise<Ending> => {
    const { id: workerId, session, mqtt } = registered;
    const login = { workerId, session, port: Number(registered.MQTT_BROKER_PORT), ...mqtt };
    try {
      const connection = await deps.broker.connect(login, { onCommand: deps.onCommand, signal });
      return await serve({ connection, session, mustRejoin: false }, registered);
    } catch (error) {
      if (signal.aborted) return "unreached";
      const isRefused = error instanceof BrokerRefusal && error.isCredential;
      complain(error, isRefused);
      return isRefused ? "rejoin" : "unreached";
    }
  };

  const complain = (error: unknown, isRefused: boolean): void => {
    const trouble = error instanceof Error ? error.message : String(error);
    const isNew = state.kind !== "connecting" || state.trouble !== trouble;
    state = { kind: "connecting", trouble };
    const message = isRefused ? "credential refused, will register again" : "broker not reached";
    logger[isNew ? "warn" : "debug"]({ reason: trouble }, message);
  };

  const serve = async (contact: Online, registered: NodeRegistered): Promise<Ending> => {
    const { connection, session } = contact;
    online = contact;
    state = { kind: "online" };
    connected.set(1);
    logger.info({ worker: registered.id, session }, "connected to the cluster");
    deps.onOnline(connection, registered);
    await connection.ended;
    online = undefined;
    state = { kind: "connecting" };
    connected.set(0);
    logger.info({ session, willRegister: contact.mustRejoin }, "connection to the cluster ended");
    deps.onOffline();
    return contact.mustRejoin ? "rejoin" : "lost";
  };

  return {
    start: async () => {
      if (controller !== undefined) return;
      controller = new AbortController();
      running = run(controller.signal);
    },
    stop: async (presence) => {
      const leaving = online?.connection.close({ session: online.session, state: presence });
      controller?.abort();
      await leaving;
      await running;
      controller = undefined;
      state = { kind: "stopped" };
    },
    announce: (presence) => {
      const message = online && { session: online.session, state: presence };
      if (message) online?.connection.send("presence", message, { qos: 1 });
    },
    registerAgain: () => {
      if (online === undefined || online.mustRejoin) return;
      online.mustRejoin = true;
      void online.connection.close();
    },
    state: () => state,
  };
}
