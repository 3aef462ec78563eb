import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, onTestFinished, test } from "vitest";
import { FAIL_POINT_CHANNEL, FAIL_POINTS, fp } from "./fail-point.ts";

test("whoever listens has heard of a point before the program goes on", () => {
  const heard: unknown[] = [];
  const listen = (hit: unknown): void => {
    heard.push(hit);
  };
  subscribe(FAIL_POINT_CHANNEL, listen);
  onTestFinished(() => {
    unsubscribe(FAIL_POINT_CHANNEL, listen);
  });
  fp("placer.held", "job/0");
  expect(heard).toEqual([{ point: "placer.held", about: "job/0" }]);
});

test("a point is nothing while nobody listens", () => {
  expect(channel(FAIL_POINT_CHANNEL).hasSubscribers).toBe(false);
  expect(() => fp("placer.held", "job/0")).not.toThrow();
});

test("no point is named twice", () => {
  expect(new Set(FAIL_POINTS).size).toBe(FAIL_POINTS.length);
});
