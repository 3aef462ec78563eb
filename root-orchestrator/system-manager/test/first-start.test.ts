import { createSilentLogger, Secret } from "@oak/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createArgon2Passwords } from "../src/adapters/argon2-passwords.ts";
import type { NewUser } from "../src/ports/accounts.ts";
import { ensureFirstAccount } from "../src/use-cases/ensure-first-account.ts";
import {
  createShiftedClock,
  plainPasswords,
  startHarness,
  startTestDatabase,
  type TestDatabase,
} from "./harness.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});

afterAll(() => database.stop());

test("without ADMIN_PASSWORD the first account has the well-known one on loopback", async () => {
  const harness = await startHarness(database, { adminPassword: undefined });
  expect(await harness.login("Admin", "Admin")).toBeTypeOf("string");
  await harness.stop();
});

test("without ADMIN_PASSWORD it does not start on a network, and says what to set", async () => {
  const listen = { host: "0.0.0.0", port: 0 };
  await expect(startHarness(database, { adminPassword: undefined, listen })).rejects.toThrow(
    /Set ADMIN_PASSWORD/,
  );
});

test("the well-known password is taken on a network when it is set on purpose, with a warning", async () => {
  const lines: unknown[] = [];
  const logger = createSilentLogger();
  logger.warn = (...line: unknown[]) => void lines.push(line);
  const made: NewUser[] = [];
  await ensureFirstAccount({
    accounts: {
      hasUsers: async () => false,
      createUser: async (user) => made.push(user) > 0,
      findUser: async () => made.map((user) => ({ ...user, generation: 0 }))[0],
      findOrganization: async () => undefined,
      createOrganization: async () => true,
    },
    passwords: plainPasswords,
    logger,
    newId: () => "0".repeat(24),
    clock: createShiftedClock(),
    password: new Secret("Admin"),
    isLocalOnly: false,
  });
  expect(made).toHaveLength(1);
  expect(JSON.stringify(lines)).toContain("well-known password");
});

test("a second start keeps account, password, signing key and join secret", async () => {
  const options = { database: { url: database.url, name: database.newName() } };
  const secrets: Secret[] = [];
  const first = await startHarness(database, {
    ...options,
    adminPassword: new Secret("first"),
    onJoinSecret: (secret) => secrets.push(secret),
    passwords: createArgon2Passwords(),
  });
  const token = await first.login("Admin", "first");
  const joinSecret = first.manager.joinSecret().reveal();
  await first.stop();

  const second = await startHarness(database, {
    ...options,
    adminPassword: new Secret("second"),
    onJoinSecret: (secret) => secrets.push(secret),
    passwords: createArgon2Passwords(),
  });
  expect((await second.call("GET", "/api/user/Admin", { token })).status).toBe(200);
  expect(await second.login("Admin", "first")).toBeTypeOf("string");
  expect(await second.login("Admin", "second")).toBeUndefined();
  expect(second.manager.joinSecret().reveal()).toBe(joinSecret);
  expect(secrets.map((secret) => secret.reveal())).toEqual([joinSecret]);
  await second.stop();
});

test("a join secret that is given is used and never announced", async () => {
  const announced: Secret[] = [];
  const harness = await startHarness(database, {
    joinSecret: new Secret("a-secret-of-the-operator"),
    onJoinSecret: (secret) => announced.push(secret),
  });
  expect(harness.manager.joinSecret().reveal()).toBe("a-secret-of-the-operator");
  expect(announced).toEqual([]);
  await harness.stop();
});

test("without its database it answers 503 with a reason, and is not ready", async () => {
  const url = "mongodb://%2Fnowhere%2Fat-all.sock";
  const harness = await startHarness(database, { database: { url, name: "away" } });
  const answer = await harness.call("POST", "/api/auth/login", {
    body: { username: "Admin", password: "Admin" },
  });
  expect(answer).toMatchObject({ status: 503, body: { error: "unavailable" } });
  expect((await harness.call("GET", "/readyz")).status).toBe(503);
  expect((await harness.call("GET", "/livez")).status).toBe(200);
  await harness.stop();
});
