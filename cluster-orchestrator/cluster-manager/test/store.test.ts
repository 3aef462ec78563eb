import { expect, test } from "vitest";
import { createRootStateStore } from "../src/store/root-states.ts";
import { createSecretStore } from "../src/store/secrets.ts";
import { createWorkerCredentialStore } from "../src/store/worker-credentials.ts";
import { workerJoinSecret } from "../src/use-cases/worker-join-secret.ts";
import { startDatabase } from "./shell.ts";

const credential = {
  _id: "node:a",
  worker_id: "w1",
  password_hash: "hash",
  session: 1,
  machine_id: "m1",
  registered_at: 0,
};

test("a credential is written for the session that was read, and for no other", async () => {
  const store = createWorkerCredentialStore((await startDatabase()).collections);
  expect(await store.save(credential, undefined)).toBe(true);
  expect(await store.save({ ...credential, session: 2 }, undefined)).toBe(false);
  expect(await store.save({ ...credential, session: 2 }, 1)).toBe(true);
  expect(await store.save({ ...credential, session: 2 }, 1)).toBe(false);
  expect(await store.findByIdentity("node:a")).toEqual({ ...credential, session: 2 });
  expect(await store.findByWorker("w1")).toEqual({ ...credential, session: 2 });
});

test("two identities cannot share a worker id", async () => {
  const store = createWorkerCredentialStore((await startDatabase()).collections);
  await store.save(credential, undefined);
  expect(await store.save({ ...credential, _id: "node:b" }, undefined)).toBe(false);
});

test("the join secret is made once, and is the same for all who ask", async () => {
  const secrets = createSecretStore((await startDatabase()).collections);
  const both = await Promise.all([
    workerJoinSecret(secrets, undefined),
    workerJoinSecret(secrets, undefined),
  ]);
  expect(both.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(both.map(({ value }) => value)).size).toBe(1);
  expect((await workerJoinSecret(secrets, undefined)).isNew).toBe(false);
});

test("what the root gave survives, and nothing is invented", async () => {
  const store = createRootStateStore((await startDatabase()).collections);
  expect(await store.load()).toBeUndefined();
  const state = { clusterId: "c", token: "t", session: 1, incarnation: "i", cursor: 0 };
  await store.save(state);
  await store.save({ ...state, cursor: 5 });
  expect(await store.load()).toEqual({ ...state, cursor: 5 });
});
