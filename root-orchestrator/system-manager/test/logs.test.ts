import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ASK_KINDS, LogsQuestion } from "@oak/contracts";
import { askHandler } from "@oak/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AskedRoot, type FakeCluster, startAskedRoot } from "./asked-root.ts";
import type { Person } from "./people.ts";

let root: AskedRoot;
let cluster: FakeCluster;
let owner: Person;
let stranger: Person;
let path: string;
let asked: LogsQuestion[] = [];

beforeAll(async () => {
  root = await startAskedRoot();
  cluster = await root.join("north");
  owner = await root.people.add("owner", ["Application_Provider"]);
  stranger = await root.people.add("stranger", ["Application_Provider"]);
  path = `/api/service/${await root.deploy(owner, cluster)}/instance/0/logs`;
});
afterAll(() => root.stop());

const printing = (make: () => Readable): void =>
  cluster.answer({
    [ASK_KINDS.logs]: askHandler(LogsQuestion, async (question) => {
      asked.push(question);
      return make();
    }),
  });
/** A client that can go; `fetch` would open another connection for that. */
const follow = (): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const outgoing = request(`${root.url}${path}?follow=true`, {
      agent: false,
      headers: { authorization: `Bearer ${owner.token}` },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      incoming.on("error", () => undefined);
      resolve(incoming);
    });
    outgoing.end();
  });
const eventually = async (condition: () => boolean): Promise<void> => {
  const endMs = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error("It did not come about");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test("logs come as text, byte for byte, whatever was printed", async () => {
  const bytes = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0x00, 0x0d, 0x0a, 0x41, 0x0a]);
  printing(() => Readable.from([bytes]));
  const response = await fetch(`${root.url}${path}/`, {
    headers: { authorization: `Bearer ${owner.token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

test.each([
  ["", { follow: false, timestamps: false }],
  ["?follow&timestamps=1&tail=0", { follow: true, timestamps: true, tail: 0 }],
  ["?since=1700000000.5", { since_ms: 1_700_000_000_500 }],
  ["?since=2023-11-14T22:13:20Z", { since_ms: 1_700_000_000_000 }],
])("%s is asked as it is meant", async (query, expected) => {
  asked = [];
  printing(() => Readable.from([]));
  expect((await owner.call("GET", `${path}${query}`)).status).toBe(200);
  expect(asked).toMatchObject([expected]);
});

test.each(["?since=yesterday", "?tail=-1", "?tail=1e9", "?since[$gt]=1&since=x", "?follow=maybe"])(
  "%s is refused",
  async (query) => {
    expect((await owner.call("GET", `${path}${query}`)).status).toBe(422);
  },
);

test("logs of somebody else's are not found, and nobody is asked", async () => {
  asked = [];
  expect((await stranger.call("GET", path)).status).toBe(404);
  expect((await root.people.harness.call("GET", path)).status).toBe(401);
  expect((await owner.call("GET", path.replace("/0/", "/7/"))).status).toBe(404);
  expect((await owner.call("GET", path.replace("/0/", "/-1/"))).status).toBe(404);
  expect((await owner.call("GET", path.replace("/0/", "/0x0/"))).status).toBe(404);
  expect(asked).toEqual([]);
});

test("the headers come before the first line, and a client that goes ends the cluster's stream", async () => {
  let isOver = false;
  printing(
    () =>
      new Readable({
        read: () => undefined,
        destroy: (error, done) => {
          isOver = true;
          done(error);
        },
      }),
  );
  const client = await follow();
  expect(client.statusCode).toBe(200);
  client.destroy();
  await eventually(() => isOver);
});

test("a reader that is slow holds the cluster back", async () => {
  let bytes = 0;
  const piece = Buffer.alloc(16 * 1024, "x");
  printing(
    () =>
      new Readable({
        read() {
          bytes += piece.length;
          this.push(piece);
        },
      }),
  );
  const client = await follow();
  let seen = { bytes: -1, atMs: 0 };
  await eventually(() => {
    if (bytes !== seen.bytes) seen = { bytes, atMs: Date.now() };
    return bytes > 0 && Date.now() - seen.atMs > 300;
  });
  // Two connections, with what the kernel keeps for each.
  expect(bytes).toBeLessThan(64 * 1024 * 1024);
  client.destroy();
});

test("a stream that is cut below is cut for the client, and does not just end", async () => {
  printing(() => {
    const stream = new Readable({ read: () => undefined });
    stream.push("half a li");
    setTimeout(() => stream.destroy(new Error("the worker is gone")), 50);
    return stream;
  });
  await expect(text(await follow())).rejects.toThrow();
});

test("one user has so many streams, and more when some have ended", async () => {
  printing(() => new Readable({ read: () => undefined }));
  const clients = await Promise.all(Array.from({ length: 32 }, follow));
  expect(clients.map(({ statusCode }) => statusCode)).toEqual(clients.map(() => 200));
  expect((await owner.call("GET", path)).status).toBe(429);
  for (const client of clients) client.destroy();
  printing(() => Readable.from(["fine\n"]));
  const endMs = Date.now() + 5_000;
  let status = 429;
  while (status === 429 && Date.now() < endMs) ({ status } = await owner.call("GET", path));
  expect(status).toBe(200);
});
