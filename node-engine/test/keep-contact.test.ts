import type { NodeRegistered } from "@oak/contracts";
import { createMetrics, createSilentLogger } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BrokerRefusal } from "../src/domain/broker-refusal.ts";
import type { BrokerConnection } from "../src/ports.ts";
import { type ClusterContact, createClusterContact } from "../src/use-cases/keep-contact.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

let clock: VirtualClock;
let contact: ClusterContact;
/** Milliseconds at which each happened. */
let joins: number[];
let dials: number[];
let connections: (BrokerConnection & { cut(): void })[];
/** What the broker does with the next one who dials. */
let answer: () => Error | undefined;
let store: () => Error | undefined;

beforeEach(async () => {
  clock = createVirtualClock();
  joins = [];
  dials = [];
  connections = [];
  answer = () => undefined;
  store = () => undefined;
  contact = createClusterContact({
    join: async () => {
      joins.push(clock.monotonicMs());
      const failure = store();
      if (failure !== undefined) throw failure;
      return registered(joins.length);
    },
    broker: {
      connect: async () => {
        dials.push(clock.monotonicMs());
        const failure = answer();
        if (failure !== undefined) throw failure;
        return aConnection();
      },
    },
    onCommand: () => undefined,
    onOnline: () => undefined,
    onOffline: () => undefined,
    clock,
    random: () => 0.999,
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "test" }),
  });
});
afterEach(() => contact.stop("agent_lost"));

function registered(session: number): NodeRegistered {
  const mqtt = { username: "a", password: "b" };
  const id = "a".repeat(24);
  const incarnation = "incarnation-1";
  return { id, MQTT_BROKER_PORT: "1", session, incarnation, mqtt, heartbeat_ms: 1_000 };
}

function aConnection(): BrokerConnection {
  let cut = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    cut = resolve;
  });
  const connection = {
    ended,
    cut,
    send: () => undefined,
    ask: () => undefined,
    unansweredSinceMs: () => undefined,
    close: async () => cut(),
  };
  connections.push(connection);
  return connection;
}

const gaps = (moments: readonly number[]): number[] =>
  moments.slice(1).map((moment, index) => Math.round(moment - (moments[index] ?? 0)));

test("pauses between tries to connect grow up to five seconds", async () => {
  answer = () => new Error("ECONNREFUSED");

  await contact.start();
  await clock.advance(25_000);

  expect(gaps(dials).slice(0, 7)).toEqual([200, 400, 799, 1_598, 3_197, 4_995, 4_995]);
});

test("a broker that cannot be reached for half a minute is asked for again", async () => {
  answer = () => new Error("ECONNREFUSED");

  await contact.start();
  await clock.advance(29_000);
  expect(joins).toHaveLength(1);
  await clock.advance(10_000);

  expect(joins).toHaveLength(2);
});

test("a connection that lasted long is replaced without a long pause, under the same session", async () => {
  await contact.start();
  await clock.advance(60_000);

  connections[0]?.cut();
  await clock.advance(250);

  expect(connections).toHaveLength(2);
  expect(joins).toHaveLength(1);
  expect(contact.state()).toEqual({ kind: "online" });
});

test("connections that end at once are tried ever more rarely", async () => {
  await contact.start();
  for (let times = 0; times < 200; times += 1) {
    connections.at(-1)?.cut();
    await clock.advance(100);
  }

  expect(dials.length).toBeLessThan(10);
});

test("a refused credential leads to a registration, and refusals without end to ever fewer", async () => {
  answer = () => new BrokerRefusal(4);

  await contact.start();
  await clock.advance(20_000);

  expect(joins.length).toBe(dials.length);
  expect(gaps(joins).slice(0, 5)).toEqual([200, 400, 799, 1_598, 3_197]);
});

test("a broker that cannot tell at the moment is tried again with the same credential", async () => {
  answer = () => new BrokerRefusal(3);

  await contact.start();
  await clock.advance(5_000);

  expect(joins).toHaveLength(1);
  expect(contact.state()).toEqual({
    kind: "connecting",
    trouble: "The broker refuses the connection: not available at the moment",
  });
});

test("a registration that cannot be stored is made again", async () => {
  store = () => (joins.length < 3 ? new Error("disk full") : undefined);

  await contact.start();
  await clock.advance(1_000);

  expect(contact.state()).toEqual({ kind: "online" });
});

test("stopping ends the contact for good", async () => {
  await contact.start();
  await clock.advance(10);

  await contact.stop("agent_lost");
  await clock.advance(60_000);

  expect(dials).toHaveLength(1);
  expect(contact.state()).toEqual({ kind: "stopped" });
});
