import { request } from "node:http";
import { Readable } from "node:stream";
import { ASK_KINDS, LogsQuestion } from "@oak/contracts";
import { askHandler, type Clock, systemClock } from "@oak/kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { standingCheckMs } from "../src/use-cases/watch-standing.ts";
import { type AskedRoot, type FakeCluster, startAskedRoot } from "./asked-root.ts";
import type { Person } from "./people.ts";

let shiftMs = 0;
let looks = 0;
/** Who may keep a stream is asked all the time; other timers go as ever. */
const clock: Clock = {
  nowMs: () => systemClock.nowMs() + shiftMs,
  monotonicMs: () => systemClock.monotonicMs() + shiftMs,
  setTimer: (ms, fn) => {
    if (ms <= standingCheckMs - 1_000 || ms > standingCheckMs) return systemClock.setTimer(ms, fn);
    return systemClock.setTimer(50, () => {
      looks += 1;
      fn();
    });
  },
};

let root: AskedRoot;
let cluster: FakeCluster;
let made = 0;

beforeAll(async () => {
  root = await startAskedRoot({ clock });
  cluster = await root.join("north");
  cluster.answer({
    [ASK_KINDS.logs]: askHandler(LogsQuestion, async () => new Readable({ read: () => undefined })),
  });
});
afterAll(() => root.stop());

interface Follower extends Person {
  /** a path */
  log: string;
}

async function aFollower(): Promise<Follower> {
  made += 1;
  const person = await root.people.add(`user${made}`, ["Application_Provider"]);
  const log = `/api/service/${await root.deploy(person, cluster)}/instance/0/logs?follow=true`;
  return { ...person, log };
}

interface Stream {
  isOpen: boolean;
  close(): void;
}

/** Not with `fetch`: when such a stream ends, that opens another connection, for which the root then waits. */
function open(path: string, token: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${root.url}${path}`, {
      agent: false,
      headers: { authorization: `Bearer ${token}` },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const stream = { isOpen: incoming.statusCode === 200, close: () => outgoing.destroy() };
      // Ended or cut: nothing more comes of it.
      incoming.on("error", () => undefined);
      incoming.once("close", () => {
        stream.isOpen = false;
      });
      incoming.resume();
      expect(stream.isOpen).toBe(true);
      resolve(stream);
    });
    outgoing.end();
  });
}

const events = "/api/events?follow=true";

/** As long as who follows what may go unasked. */
const passTime = (): void => {
  shiftMs += standingCheckMs;
};

test.each<[string, (person: Follower) => Promise<{ status: number }>]>([
  ["a logout", ({ call }) => call("POST", "/api/auth/logout")],
  [
    "a changed password",
    ({ name, call }) =>
      call("POST", `/api/user/${name}`, { oldPassword: name, newPassword: "another" }),
  ],
  ["the account", ({ name }) => root.people.admin.call("DELETE", `/api/user/${name}`)],
])("open logs and events end with the session, by %s", async (_what, endSession) => {
  const person = await aFollower();
  const streams = [await open(person.log, person.token), await open(events, person.token)];
  expect((await endSession(person)).status).toBe(200);
  passTime();
  await vi.waitFor(
    () => expect(streams.map(({ isOpen }) => isOpen)).toEqual([false, false]),
    9_000,
  );
});

test("open logs and events end with the API token that opened them", async () => {
  const person = await aFollower();
  const wish = { name: "t", scopes: ["read"] };
  const { body } = await person.call("POST", "/api/tokens", wish);
  const streams = [await open(person.log, body.token), await open(events, body.token)];
  const others = await open(person.log, person.token);
  await person.call("DELETE", `/api/tokens/${body.id}`);
  passTime();
  await vi.waitFor(
    () => expect(streams.map(({ isOpen }) => isOpen)).toEqual([false, false]),
    9_000,
  );
  expect(others.isOpen).toBe(true);
  others.close();
});

test("whoever is no Admin any more does not go on with the logs of others", async () => {
  const owner = await aFollower();
  const chief = await root.people.add("chief", ["Admin"]);
  const stream = await open(owner.log, chief.token);
  await root.people.admin.call("PUT", "/api/user/chief", { roles: [] });
  await vi.waitFor(() => expect(stream.isOpen).toBe(false), 9_000);
});

test("a log that is followed outlives the access token that opened it, for its session goes on", async () => {
  const person = await aFollower();
  const stream = await open(person.log, person.token);
  shiftMs += 11 * 60_000;
  expect((await person.call("GET", "/api/auth/me")).status).toBe(401);
  const before = looks;
  await vi.waitFor(() => expect(looks).toBeGreaterThan(before + 3), 9_000);
  expect(stream.isOpen).toBe(true);
  stream.close();
});
