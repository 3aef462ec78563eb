import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { loadResourceAbstractorConfig } from "./config.ts";

const OAK_TIER_SECRET = "secret-of-the-tests";

test("a secret is all that has to be set", () => {
  expect(loadResourceAbstractorConfig({ OAK_TIER_SECRET })).toMatchObject({
    RESOURCE_ABSTRACTOR_PORT: 11_011,
    RESOURCE_ABSTRACTOR_HOST: "127.0.0.1",
    OAK_DATA_DIR: "./data",
    MONGO_URL: undefined,
  });
});

test("Oakestra's pair of host and port names the database", () => {
  const env = { OAK_TIER_SECRET, CLUSTER_MONGO_URL: "mongo", CLUSTER_MONGO_PORT: "10107" };
  const { MONGO_URL } = loadResourceAbstractorConfig(env);
  expect(MONGO_URL?.reveal()).toBe("mongodb://mongo:10107");
});

test("variables of the other services in a shared file are no fault", () => {
  const env = { OAK_TIER_SECRET, OAK_HOST: "0.0.0.0", OAK_WORKER_JOIN_SECRET: "x" };
  expect(() => loadResourceAbstractorConfig(env)).not.toThrow();
});

test("a short secret and a misspelt variable are named together", () => {
  const load = () => loadResourceAbstractorConfig({ OAK_TIER_SECRET: "short", OAK_DATADIR: "/x" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/OAK_TIER_SECRET[\s\S]*OAK_DATADIR/);
});
