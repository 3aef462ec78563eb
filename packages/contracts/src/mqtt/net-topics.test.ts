import { expect, test } from "vitest";
import { NET_TOPICS, netTopic, parseNetTopic } from "./net-topics.ts";

test("every topic is read as it was made", () => {
  for (const topic of Object.keys(NET_TOPICS) as (keyof typeof NET_TOPICS)[]) {
    expect(parseNetTopic(netTopic("abc", topic))).toEqual({ workerId: "abc", topic });
  }
});

test.each([
  "nodes/abc/net/subnet/more",
  "nodes/abc/net/subnetwork",
  "nodes/a/b/net/subnet",
  "nodes//net/subnet",
  "nodes/abc/information",
])("%s is none of them", (name) => {
  expect(parseNetTopic(name)).toBeUndefined();
});
