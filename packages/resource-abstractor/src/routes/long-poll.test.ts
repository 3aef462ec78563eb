import { EventEmitter } from "node:events";
import { createChangeFeed, systemClock } from "@oak/kit";
import type { FastifyReply } from "fastify";
import { expect, test } from "vitest";
import { createPollFeed } from "../use-cases/poll-feed.ts";
import { answerPoll } from "./long-poll.ts";

/** A poll that waits for nothing but its end, and what can end it. */
function startPoll(wait = 30) {
  const feed = createChangeFeed({ feedId: "f", clock: systemClock });
  const closing = new AbortController();
  const raw = new EventEmitter();
  const reply = { raw } as unknown as FastifyReply;
  const source = { all: async () => [], byIds: async () => [{ _id: "a" }] };
  const { cursor } = feed.changesSince("");
  const app = { closing: closing.signal };
  const answer = answerPoll({ app, reply }, createPollFeed(feed, source), { since: cursor, wait });
  return { answer, feed, closing, raw, cursor };
}

const nothing = (cursor: string) => ({ cursor, reset: false, items: [], removed: [] });

test("a poll ends when the client is gone", async () => {
  const { answer, raw, cursor } = startPoll();
  raw.emit("close");
  expect(await answer).toEqual(nothing(cursor));
});

test("a poll ends when the service stops", async () => {
  const { answer, closing, cursor } = startPoll();
  closing.abort();
  expect(await answer).toEqual(nothing(cursor));
});

test("an answered poll leaves no listener behind", async () => {
  const { answer, feed, raw } = startPoll();
  feed.touch("a");
  expect(await answer).toMatchObject({ cursor: "f:1", items: [{ _id: "a" }] });
  expect(raw.listenerCount("close")).toBe(0);
});

test("without a wait the answer comes at once", async () => {
  const { answer, cursor } = startPoll(0);
  expect(await answer).toEqual(nothing(cursor));
});
