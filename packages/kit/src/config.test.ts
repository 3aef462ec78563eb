import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError, type Environment, loadConfig, printConfig } from "./config.ts";
import {
  durationSeconds,
  flag,
  listenPort,
  logLevel,
  mongoUrl,
  port,
  secret,
  wholeNumberBetween,
} from "./config-fields.ts";
import { mongoUrlFrom } from "./mongo-url.ts";
import { Secret } from "./secret.ts";

const schema = z.object({
  MY_PORT: port().default(10_000),
  OAK_HOST: z.string().default("127.0.0.1"),
  OAK_TIER_SECRET: secret({ minLength: 8 }),
  OAK_TIMEOUT: durationSeconds({ min: 1, max: 60 }).optional(),
  COMPAT_DOUBLE_ENCODED: flag().default(false),
});
const valid = { OAK_TIER_SECRET: "long enough" };

function faultsFor(env: Environment): Record<string, unknown>[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return [...error.faults] as unknown as Record<string, unknown>[];
    throw error;
  }
  return [];
}

test("values are read into their types and defaults fill the rest", () => {
  const config = loadConfig(schema, {
    ...valid,
    MY_PORT: "8080",
    OAK_TIMEOUT: "2.5",
    COMPAT_DOUBLE_ENCODED: "True",
  });
  expect(config).toMatchObject({
    MY_PORT: 8080,
    OAK_HOST: "127.0.0.1",
    OAK_TIMEOUT: 2.5,
    COMPAT_DOUBLE_ENCODED: true,
  });
  expect(config.OAK_TIER_SECRET.reveal()).toBe("long enough");
});

test("the result cannot be changed", () => {
  expect(Object.isFrozen(loadConfig(schema, valid))).toBe(true);
});

test("all faults are reported at once", () => {
  const faults = faultsFor({
    MY_PORT: "70000",
    OAK_TIMEOUT: "soon",
    COMPAT_DOUBLE_ENCODED: "maybe",
    OAK_HOTS: "x",
  });
  expect(faults.map(({ variable }) => variable).sort()).toEqual([
    "COMPAT_DOUBLE_ENCODED",
    "MY_PORT",
    "OAK_HOTS",
    "OAK_TIER_SECRET",
    "OAK_TIMEOUT",
  ]);
});

test("a fault says what was found and what is allowed", () => {
  expect(faultsFor({ ...valid, MY_PORT: "70000" })).toEqual([
    {
      variable: "MY_PORT",
      message: "must be a port number from 1 to 65535",
      found: '"70000"',
      allowed: "a port number from 1 to 65535",
    },
  ]);
});

test("the message of the error lists each fault on a line of its own", () => {
  const load = () => loadConfig(schema, { MY_PORT: "x" });
  expect(load).toThrow(
    /2 fault\(s\):\n {2}MY_PORT: .*found "x".*\n {2}OAK_TIER_SECRET: is required/,
  );
});

test("what is missing says what is allowed as well", () => {
  expect(faultsFor({})).toEqual([
    {
      variable: "OAK_TIER_SECRET",
      message: "is required",
      found: "nothing",
      allowed: "a secret of at least 8 characters",
    },
  ]);
});

test("a secret that is wrong is not repeated", () => {
  const [fault] = faultsFor({ OAK_TIER_SECRET: "short" });
  expect(JSON.stringify(fault)).not.toContain("short");
  expect(fault).toMatchObject({ variable: "OAK_TIER_SECRET", found: "[redacted]" });
});

test("an unknown variable of our own prefix is refused with the nearest known one", () => {
  const [fault] = faultsFor({ ...valid, OAK_HOTS: "::" });
  expect(fault).toMatchObject({ variable: "OAK_HOTS", allowed: "did you mean OAK_HOST?" });
});

test("variables of other services may stand in a shared environment", () => {
  const env = { ...valid, OAK_OTHER: "1" };
  expect(loadConfig(schema, env, { known: ["OAK_OTHER"] }).OAK_HOST).toBe("127.0.0.1");
});

test("what a shell has set for the command oak is no fault of a service", () => {
  expect(faultsFor({ ...valid, OAK_TOKEN: "oak_x", OAK_USER: "eve" })).toEqual([]);
});

test("unknown variables without our prefix are nobody's business", () => {
  expect(faultsFor({ ...valid, PATH: "/bin" })).toEqual([]);
});

test("an empty value counts as unset", () => {
  const config = loadConfig(schema, { ...valid, MY_PORT: "", OAK_HOST: " ", OAK_UNKNOWN: "" });
  expect(config).toMatchObject({ MY_PORT: 10_000, OAK_HOST: "127.0.0.1" });
});

test("an alias is read when the variable itself is not set, and its faults name the alias", () => {
  const aliases = { MY_PORT: ["SYSTEM_MANAGER_PORT"] };
  const env = { ...valid, SYSTEM_MANAGER_PORT: "10001" };
  expect(loadConfig(schema, env, { aliases }).MY_PORT).toBe(10_001);
  expect(loadConfig(schema, { ...env, MY_PORT: "1" }, { aliases }).MY_PORT).toBe(1);
  expect(() => loadConfig(schema, { ...env, SYSTEM_MANAGER_PORT: "x" }, { aliases })).toThrow(
    /SYSTEM_MANAGER_PORT: must be a port/,
  );
});

test("printing a configuration hides its secrets and sorts its names", () => {
  expect(printConfig(loadConfig(schema, valid))).toBe(
    [
      "COMPAT_DOUBLE_ENCODED=false",
      "MY_PORT=10000",
      "OAK_HOST=127.0.0.1",
      "OAK_TIER_SECRET=[redacted]",
      "OAK_TIMEOUT=",
    ].join("\n"),
  );
});

test("the port to listen on may be left to the kernel, the port to dial may not", () => {
  expect(listenPort().parse("0")).toBe(0);
  expect(port().safeParse("0").success).toBe(false);
  expect(port().safeParse("80.5").success).toBe(false);
});

test("levels are understood in our names and in Python's", () => {
  expect(logLevel().parse("INFO")).toBe("info");
  expect(logLevel().parse("WARNING")).toBe("warn");
  expect(logLevel().safeParse("loud").success).toBe(false);
});

test("whole numbers keep their limits", () => {
  expect(wholeNumberBetween(1, 10).parse("10")).toBe(10);
  expect(wholeNumberBetween(1, 10).safeParse("11").success).toBe(false);
  expect(wholeNumberBetween(1, 10).safeParse("1e1").success).toBe(false);
});

test.each([
  [{ MONGO_URL: "mongodb://db:1/x" }, "mongodb://db:1/x"],
  [{ MONGO_URL: "mongo", MONGO_PORT: "10007" }, "mongodb://mongo:10007"],
  [{ ROOT_MONGO_URL: "mongo", ROOT_MONGO_PORT: "10007" }, "mongodb://mongo:10007"],
  [{ CLUSTER_MONGO_URL: "c", CLUSTER_MONGO_PORT: "10107" }, "mongodb://c:10107"],
  [{ MONGO_URL: "", CLUSTER_MONGO_URL: "c" }, "mongodb://c:27017"],
  [{ MONGO_URL: "::1" }, "mongodb://[::1]:27017"],
  [{ MONGO_URL: "db:1234" }, "mongodb://db:1234"],
  [{}, undefined],
])("the database of %j is %s", (env, expected) => {
  expect(mongoUrlFrom(env)).toBe(expected);
});

test("a connection string is secret and its port is checked", () => {
  const url = "mongodb://user:pass@a:1,b:2/?replicaSet=r";
  expect(mongoUrl().parse(url)).toBeInstanceOf(Secret);
  expect(mongoUrl().safeParse("mongodb://%2Ftmp%2Fdb.sock").success).toBe(true);
  expect(mongoUrl().safeParse("mongodb://db:99999").success).toBe(false);
  expect(mongoUrl().safeParse("http://db").success).toBe(false);
});
