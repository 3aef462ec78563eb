import { expect, test } from "vitest";
import type { ClusterCredential, ClusterCredentials } from "../ports/cluster-credentials.ts";
import { rememberCredentials } from "./remembered-credentials.ts";

const garage: ClusterCredential = { name: "garage", clusterId: "c1", tokenHash: "h1", session: 1 };

/** Credentials in memory that count how often they are read. */
function aStore() {
  let nowMs = 0;
  let credentials = [garage];
  const store = { reads: 0, beforeRead: async () => undefined as unknown };
  const stored: ClusterCredentials = {
    list: async () => [],
    find: async (name) => credentials.find((c) => c.name === name),
    findByToken: async (hash) => {
      store.reads += 1;
      const found = credentials.find((c) => c.tokenHash === hash);
      await store.beforeRead();
      return found;
    },
    save: async (credential) => {
      credentials = [credential];
    },
    removeOf: async () => {
      credentials = [];
    },
  };
  return Object.assign(store, {
    credentials: rememberCredentials(stored, () => nowMs),
    wait: (ms: number) => {
      nowMs += ms;
    },
    takeAwayByHand: () => {
      credentials = [];
    },
  });
}

test("the requests of some seconds need one reading", async () => {
  const store = aStore();
  for (let count = 0; count < 3; count += 1) {
    expect(await store.credentials.findByToken("h1")).toEqual(garage);
  }
  expect(store.reads).toBe(1);
});

test("an unknown token is looked up each time", async () => {
  const store = aStore();
  await store.credentials.findByToken("h2");
  expect(await store.credentials.findByToken("h2")).toBeUndefined();
  expect(store.reads).toBe(2);
});

test("a token ends with the cluster that is taken out", async () => {
  const store = aStore();
  await store.credentials.findByToken("h1");
  await store.credentials.removeOf("c1");
  expect(await store.credentials.findByToken("h1")).toBeUndefined();
});

test("a token ends when another one takes its place", async () => {
  const store = aStore();
  await store.credentials.findByToken("h1");
  const next = { ...garage, tokenHash: "h2", session: 2 };
  await store.credentials.save(next);
  expect(await store.credentials.findByToken("h1")).toBeUndefined();
  expect(await store.credentials.findByToken("h2")).toEqual(next);
});

test("what was read before a change is not remembered after it", async () => {
  const store = aStore();
  store.beforeRead = () => store.credentials.removeOf("c1");
  await store.credentials.findByToken("h1");
  store.beforeRead = async () => undefined;
  expect(await store.credentials.findByToken("h1")).toBeUndefined();
});

test("a token that was taken away by hand ends within seconds", async () => {
  const store = aStore();
  await store.credentials.findByToken("h1");
  store.takeAwayByHand();
  store.wait(10_000);
  expect(await store.credentials.findByToken("h1")).toBeUndefined();
});
