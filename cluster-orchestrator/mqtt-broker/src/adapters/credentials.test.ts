import type { Clock } from "@oak/kit";
import { expect, test } from "vitest";
import type { Credential, CredentialChecker, Identity } from "../ports.ts";
import { createCachedCredentials } from "./cached-credentials.ts";
import { createTierCredentials } from "./tier-credentials.ts";

const good = { username: "w1", password: "right" };

function aSource(passwords: Record<string, string>) {
  const asked: Credential[] = [];
  const checker: CredentialChecker = {
    check: async (credential): Promise<Identity | undefined> => {
      asked.push(credential);
      const isRight = passwords[credential.username] === credential.password;
      return isRight ? { kind: "worker", id: credential.username } : undefined;
    },
    forget: () => undefined,
  };
  return { asked, checker, passwords };
}

function aCache(source: CredentialChecker) {
  let nowMs = 0;
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => nowMs, setTimer: () => () => {} };
  const cache = createCachedCredentials({ source, clock, ttlMs: 1_000, maxEntries: 2 });
  return { cache, advance: (ms: number) => (nowMs += ms) };
}

test("a good answer is believed for its time", async () => {
  const source = aSource({ w1: "right" });
  const { cache, advance } = aCache(source.checker);
  await cache.check(good);
  await cache.check(good);
  expect(source.asked).toHaveLength(1);
  advance(1_001);
  expect(await cache.check(good)).toEqual({ kind: "worker", id: "w1" });
  expect(source.asked).toHaveLength(2);
});

test("another password than the remembered one is asked for", async () => {
  const { cache } = aCache(aSource({ w1: "right" }).checker);
  await cache.check(good);
  expect(await cache.check({ ...good, password: "wrong" })).toBeUndefined();
});

test("a refusal is not remembered", async () => {
  const source = aSource({});
  const { cache } = aCache(source.checker);
  expect(await cache.check(good)).toBeUndefined();
  source.passwords["w1"] = "right";
  expect(await cache.check(good)).toBeDefined();
});

test("a forgotten user is asked for again", async () => {
  const source = aSource({ w1: "right" });
  const { cache } = aCache(source.checker);
  await cache.check(good);
  source.passwords["w1"] = "new";
  cache.forget("w1");
  expect(await cache.check(good)).toBeUndefined();
});

test("an answer that was under way while its user was forgotten is not remembered", async () => {
  const source = aSource({ w1: "right" });
  const { cache } = aCache(source.checker);
  const underWay = cache.check(good);
  cache.forget("w1");
  await underWay;
  source.passwords["w1"] = "new";
  expect(await cache.check(good)).toBeUndefined();
});

test("the cache does not grow beyond its size", async () => {
  const source = aSource({ w1: "x", w2: "x", w3: "x" });
  const { cache } = aCache(source.checker);
  for (const username of ["w1", "w2", "w3", "w1"]) await cache.check({ username, password: "x" });
  expect(source.asked).toHaveLength(4);
});

test("services of the tier are told by the secret, and nobody else is asked about them", async () => {
  const source = aSource({ "tier:manager": "guess" });
  const checker = createTierCredentials("the secret of the tier", source.checker);
  const username = "tier:manager";
  expect(await checker.check({ username, password: "the secret of the tier" })).toEqual({
    kind: "manager",
  });
  expect(await checker.check({ username, password: "guess" })).toBeUndefined();
  expect(source.asked).toEqual([]);
});
