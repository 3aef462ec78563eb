import { expect, test } from "vitest";
import { type BlockingSockets, toSocketAddress } from "./blocking-sockets.ts";
import { connectingTrips, steadyTrips } from "./round-trips.ts";

function fakeSockets(answers: boolean): { sockets: BlockingSockets; calls: string[] } {
  const calls: string[] = [];
  const note = <T>(call: string, result: T): T => {
    calls.push(call);
    return result;
  };
  const sockets: BlockingSockets = {
    listen: () => 3,
    accept: () => 4,
    connect: () => note("connect", 5),
    sendByte: () => note("send", true),
    receiveByte: () => note("receive", answers),
    close: () => note("close", undefined),
  };
  return { sockets, calls };
}

const target = { address: "10.30.0.1", port: 7007, count: 2 };

test("an address goes to the kernel in its own order of bytes", () => {
  const bytes = [2, 0, 0x1b, 0x5f, 10, 30, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  expect([...toSocketAddress("10.30.0.1", 7007)]).toEqual(bytes);
});

test("steady trips share a connection, the others have one each", () => {
  const steady = fakeSockets(true);
  expect(steadyTrips(steady.sockets, target)).toHaveLength(2);
  expect(steady.calls).toEqual(["connect", "send", "receive", "send", "receive", "close"]);
  const fresh = fakeSockets(true);
  expect(connectingTrips(fresh.sockets, target)).toHaveLength(2);
  const trip = ["connect", "send", "receive", "close"];
  expect(fresh.calls).toEqual([...trip, ...trip]);
});

test("a side that closes is an error, and the socket is given back", () => {
  const { sockets, calls } = fakeSockets(false);
  expect(() => connectingTrips(sockets, target)).toThrow("no answer");
  expect(calls).toEqual(["connect", "send", "receive", "close"]);
});
