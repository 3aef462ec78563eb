import { afterEach, beforeEach, expect, test } from "vitest";
import { plainPasswords, startHarness, startTestDatabase } from "./harness.ts";

let database: Awaited<ReturnType<typeof startTestDatabase>>;
let harness: Awaited<ReturnType<typeof startHarness>>;
let verifications = 0;

beforeEach(async () => {
  verifications = 0;
  database = await startTestDatabase();
  harness = await startHarness(database, {
    passwords: {
      ...plainPasswords,
      verify: (hash, password) => {
        verifications += 1;
        return plainPasswords.verify(hash, password);
      },
    },
  });
});

afterEach(async () => {
  await harness.stop();
  await database.stop();
});

const login = (username: string, password: string) =>
  harness.call("POST", "/api/auth/login", { body: { username, password } });

test("after ten wrong passwords an account takes none for a minute, and says so", async () => {
  for (let n = 0; n < 10; n += 1) expect((await login("Admin", "no")).status).toBe(401);
  const refused = await login("Admin", "Admin");
  expect(refused).toMatchObject({ status: 429, body: { error: "too_many_failed_logins" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
  harness.clock.shiftMs += 61_000;
  expect((await login("Admin", "Admin")).status).toBe(200);
});

test("guesses that arrive together are not more than guesses one by one", async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => login("Admin", "no")));
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(12);
  expect(verifications).toBeLessThanOrEqual(12);
});

test("one address cannot try many accounts", async () => {
  for (let n = 0; n < 30; n += 1) await login(`user${n}`, "no");
  expect((await login("another", "no")).status).toBe(429);
});

test("successes never count, however many there are", async () => {
  for (let n = 0; n < 50; n += 1) expect((await login("Admin", "Admin")).status).toBe(200);
});

test("an unknown user costs a verification like a known one", async () => {
  await login("nobody", "no");
  expect(verifications).toBe(1);
});
