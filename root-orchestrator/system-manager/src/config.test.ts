import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { loadSystemManagerConfig } from "./config.ts";

const least = { OAK_TIER_SECRET: "0123456789abcdef" };

test("everything but the secret of the tier has a default", () => {
  expect(loadSystemManagerConfig(least)).toMatchObject({
    MY_PORT: 10_000,
    OAK_HOST: "127.0.0.1",
    RESOURCE_ABSTRACTOR_PORT: 11_011,
    ROOT_SCHEDULER_PORT: 10_004,
    COMPAT_DOUBLE_ENCODED: false,
  });
});

test("the database goes by any of its names, secrets stay hidden", () => {
  const config = loadSystemManagerConfig({
    ...least,
    ROOT_MONGO_URL: "mongo",
    ROOT_MONGO_PORT: "10007",
    ADMIN_PASSWORD: "hunter2",
  });
  expect(config.MONGO_URL?.reveal()).toBe("mongodb://mongo:10007");
  expect(JSON.stringify(config)).not.toContain("hunter2");
});

test("all faults are listed at once, unknown variables of ours included", () => {
  const load = () =>
    loadSystemManagerConfig({ MY_PORT: "http", OAK_HOTS: "::1", OAK_CLUSTER_JOIN_SECRET: "short" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/4 fault/);
  expect(load).toThrow(/OAK_CLUSTER_JOIN_SECRET/);
  expect(load).toThrow(/OAK_HOTS.*did you mean OAK_HOST/);
});
