import { createChangeFeed, systemClock } from "@oak/kit";
import { expect, test } from "vitest";
import { createPollFeed } from "./poll-feed.ts";

/** A source that answers when it is told, with the state of that moment. */
function setUp() {
  const feed = createChangeFeed({ feedId: "f", clock: systemClock });
  const reads: { what: string; answer: () => void }[] = [];
  let version = 0;
  const ask = (what: string, ids: readonly string[]) =>
    new Promise<{ _id: string; version: number }[]>((resolve) => {
      const answer = (): void => resolve(ids.map((_id) => ({ _id, version })));
      reads.push({ what, answer });
    });
  const poll = createPollFeed(feed, {
    all: () => ask("all", ["a", "b"]),
    byIds: (ids) => ask(ids.join(), ids),
  });
  const { signal } = new AbortController();
  return {
    reads,
    write: (id: string) => {
      version += 1;
      feed.touch(id);
    },
    poll: (since: string) => poll({ since, timeoutMs: 30_000, signal }),
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

test("all who are woken by a change share one read", async () => {
  const { reads, write, poll, settle } = setUp();
  const followers = [poll("f:0"), poll("f:0")];
  write("a");
  await settle();
  expect(reads.map(({ what }) => what)).toEqual(["a"]);
  reads[0]?.answer();
  const answer = { cursor: "f:1", reset: false, items: [{ _id: "a", version: 1 }], removed: [] };
  expect(await Promise.all(followers)).toEqual([answer, answer]);
});

test("who asks after a further change gets a read of its own, and so does who asks from elsewhere", async () => {
  const { reads, write, poll, settle } = setUp();
  write("a");
  void poll("f:0");
  await settle();
  write("b");
  const polls = [poll("f:0"), poll("f:1"), poll("x"), poll("y")];
  await settle();
  expect(reads.map(({ what }) => what)).toEqual(["a", "a,b", "b", "all"]);
  for (const read of reads) read.answer();
  expect((await Promise.all(polls)).map(({ cursor }) => cursor)).toEqual(Array(4).fill("f:2"));
});

test("a read that failed is not shared with who asks again", async () => {
  let failures = 1;
  const feed = createChangeFeed({ feedId: "f", clock: systemClock });
  const poll = createPollFeed(feed, {
    all: async () => {
      failures -= 1;
      if (failures >= 0) throw new Error("away");
      return [];
    },
    byIds: async () => [],
  });
  const request = { since: "", timeoutMs: 0, signal: new AbortController().signal };
  await expect(poll(request)).rejects.toThrow("away");
  expect(await poll(request)).toMatchObject({ reset: true });
});
