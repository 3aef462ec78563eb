import { expect, test } from "vitest";
import { lossRuleset } from "./losses.ts";

const rulesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.endsWith("drop"));

test("a share of what goes to and from a host is dropped by chance", () => {
  expect(rulesOf(lossRuleset([{ port: "port0", share: 0.05 }]))).toEqual([
    'iifname "port0" numgen random mod 10000 < 500 drop',
    'oifname "port0" numgen random mod 10000 < 500 drop',
  ]);
});

test("all of what goes between two hosts is dropped, whatever chance says", () => {
  expect(rulesOf(lossRuleset([{ port: "port0", peer: "port1", share: 1 }]))).toEqual([
    'iifname "port0" oifname "port1" drop',
    'iifname "port1" oifname "port0" drop',
  ]);
});

test("without losses nothing is dropped, and what was before is gone", () => {
  const ruleset = lossRuleset([]);
  expect(rulesOf(ruleset)).toEqual([]);
  expect(ruleset).toContain("delete table bridge fabric");
});
