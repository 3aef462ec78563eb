import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const least = { OAK_TIER_SECRET: "a-secret-of-this-tier" };

test("Oakestra's environment is understood as it is", () => {
  const config = readConfig({
    ...least,
    MY_PORT: "10100",
    SYSTEM_MANAGER_URL: "192.168.1.1",
    SYSTEM_MANAGER_PORT: "10000",
    SYSTEM_MANAGER_GRPC_PORT: "50052",
    CLUSTER_MONGO_URL: "cluster_mongo",
    CLUSTER_MONGO_PORT: "10107",
    MQTT_BROKER_URL: "mqtt",
    CLUSTER_NAME: "garage",
    CLUSTER_LOCATION: "48.1,11.5,1000",
    LOG_LEVEL: "INFO",
  });
  expect(config.MONGO_URL?.reveal()).toBe("mongodb://cluster_mongo:10107");
  expect(config).toMatchObject({ CLUSTER_NAME: "garage", LOG_LEVEL: "info", WORKER_TIMEOUT_S: 5 });
});

test("a cluster on its own needs its tier secret only", () => {
  expect(readConfig(least)).toMatchObject({ MY_PORT: 10_100, ALLOW_INSECURE_JOIN: false });
});

test("all faults are told at once", () => {
  const env = { MY_PORT: "x", OAK_WORKER_JOIN_SECRET: "short", OAK_DATADIR: "/tmp" };
  try {
    readConfig(env);
    expect.unreachable();
  } catch (error) {
    const faults = error instanceof ConfigError ? error.faults.map((fault) => fault.variable) : [];
    expect(faults.toSorted()).toEqual([
      "MY_PORT",
      "OAK_DATADIR",
      "OAK_TIER_SECRET",
      "OAK_WORKER_JOIN_SECRET",
    ]);
  }
});
