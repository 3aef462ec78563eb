import { systemClock } from "@oak/kit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { followEvents, type TestFollower } from "./event-stream.ts";
import {
  createShiftedClock,
  type Harness,
  startHarness,
  startTestDatabase,
  type TestDatabase,
} from "./harness.ts";
import { addUser, removeUser } from "./users.ts";

let database: TestDatabase;
let own: { url: string; name: string };
let harness: Harness;
let admin: string;
const open: TestFollower[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  admin = await harness.login();
});

afterEach(() => {
  for (const follower of open.splice(0)) follower.close();
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

interface Wish {
  query?: string;
  token?: string;
  headers?: Record<string, string>;
  of?: Harness;
}

async function follow(wish: Wish = {}): Promise<TestFollower> {
  const { query = "follow=true", token = admin, headers = {}, of = harness } = wish;
  const follower = await followEvents(`${of.manager.url()}/api/events?${query}`, {
    authorization: `Bearer ${token}`,
    ...headers,
  });
  open.push(follower);
  return follower;
}

let made = 0;
async function createOne(token = admin, of = harness): Promise<string> {
  made += 1;
  const body = anSla(
    anApplication({
      application_name: `app${made}`,
      microservices: [aService({ microservice_name: `web${made}` })],
    }),
  );
  const answer = await of.call("POST", "/api/application", { token, body });
  return answer.body.at(-1).microservices[0];
}

const addInstances = async (service: string, count: number, token = admin): Promise<void> => {
  for (let number = 0; number < count; number += 1) {
    await harness.call("POST", `/api/service/${service}/instance`, { token });
  }
};
const numbersOf = ({ events }: TestFollower) => events.map((event) => event.instance_number);

test("what happens is told as it happens, as server-sent events", async () => {
  const follower = await follow();
  expect(follower.status).toBe(200);
  expect(follower.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "access-control-allow-origin": "*",
  });
  await createOne();
  await follower.until(({ events }) => events.length === 2);
  expect(follower.events.map(({ reason }) => reason)).toEqual([
    "application_created",
    "service_created",
  ]);
});

test("a header asks for the stream as well, and what is not asked for stays out", async () => {
  const service = await createOne();
  const follower = await follow({
    query: `service=${service}&type=instance`,
    headers: { accept: "text/event-stream" },
  });
  await createOne();
  await addInstances(service, 1);
  await follower.until(({ events }) => events.length === 1);
  expect(follower.events[0]).toMatchObject({ service_id: service, instance_number: 0 });
});

test("who comes back gets what was missed, and nothing twice", async () => {
  const service = await createOne();
  const query = `follow=true&service=${service}&type=instance`;
  const first = await follow({ query });
  await addInstances(service, 2);
  await first.until(({ events }) => events.length === 2);
  first.close();
  await addInstances(service, 3);
  const last = String(first.events.at(-1)?.id);
  const second = await follow({ query, headers: { "last-event-id": last } });
  await addInstances(service, 1);
  await second.until(({ events }) => events.length === 4);
  expect(numbersOf(second)).toEqual([2, 3, 4, 5]);
  const third = await follow({ query: `${query}&after=${first.events[0]?.id}` });
  await third.until(({ events }) => events.length === 5);
  expect(numbersOf(third)).toEqual([1, 2, 3, 4, 5]);
});

test("a moment is a place to begin as well", async () => {
  const service = await createOne();
  await addInstances(service, 2);
  const follower = await follow({ query: `follow=true&since=10m&service=${service}` });
  await follower.until(({ events }) => events.length === 3);
});

test("a follower sees what the list would show, and no more", async () => {
  const eve = await harness.login("eve", "eve");
  const follower = await follow({ token: eve });
  await createOne(admin);
  const service = await createOne(eve);
  await follower.until(({ events }) => events.length === 2);
  expect(follower.events.at(-1)?.service_id).toBe(service);
});

test("a flood reaches somebody who does not read for a while, whole and in order", async () => {
  const service = await createOne();
  const follower = await follow({ query: `follow=true&service=${service}&type=instance` });
  follower.pause();
  const path = `/api/service/${service}`;
  await harness.call("PUT", `${path}/scale`, { token: admin, body: { replicas: 900 } });
  await harness.call("DELETE", `${path}/instance/-1`, { token: admin });
  follower.resume();
  await follower.until(({ events }) => events.length === 900);
  const ids = follower.events.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
});

test("one user follows a bounded number of times; who leaves makes room", async () => {
  const eve = await harness.login("eve", "eve");
  const followers = await Promise.all(Array.from({ length: 10 }, () => follow({ token: eve })));
  expect(followers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  const refused = await follow({ token: eve });
  expect(refused.status).toBe(429);
  expect((await follow({ token: admin })).status).toBe(200);
  followers[0]?.close();
  await expect
    .poll(async () => (await follow({ token: eve })).status, { timeout: 5_000 })
    .toBe(200);
});

test.each(["abc", "-1", "99999999999999999999"])(
  "an id %s to go on after is refused",
  async (id) => {
    expect((await follow({ headers: { "last-event-id": id } })).status).toBe(422);
  },
);

test("a HEAD request opens no stream", async () => {
  const { status, headers } = await harness.call("HEAD", "/api/events?follow=true", {
    token: admin,
  });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toContain("text/event-stream");
});

/** Pauses between comments are a hundred times as short; limits of what may take long on a busy machine stay. */
async function startQuick(name = database.newName()) {
  const clock = createShiftedClock();
  const quick = {
    ...clock,
    setTimer: (ms: number, fn: () => void) =>
      systemClock.setTimer(ms > 5_000 && ms < 30_000 ? ms / 100 : ms, fn),
  };
  const options = { clock: quick, database: { url: database.url, name } };
  return { clock, other: await startHarness(database, options) };
}

test("silence is filled with comments, and nobody waits for followers when the service stops", async () => {
  const { other } = await startQuick();
  const reader = await follow({ token: await other.login(), of: other });
  await reader.until(({ comments }) => comments.some((text) => text.includes("nothing new")));
  await other.stop();
  await reader.ended;
});

test("a stream ends when its user is not one any more", async () => {
  const name = database.newName();
  const { clock, other } = await startQuick(name);
  await addUser({ url: database.url, name }, "gone", []);
  const follower = await follow({ token: await other.login("gone", "gone"), of: other });
  await follower.until(({ comments }) => comments.length > 1);
  await removeUser({ url: database.url, name }, "gone");
  clock.shiftMs += 60_000;
  await follower.ended;
  await other.stop();
});

test("a stream ends with its token", async () => {
  const { clock, other } = await startQuick();
  const follower = await follow({ token: await other.login(), of: other });
  await follower.until(({ comments }) => comments.length > 1);
  clock.shiftMs += 11 * 60_000;
  await follower.ended;
  await other.stop();
});
