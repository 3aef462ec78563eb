import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { loadSchedulerConfig } from "./config.ts";

const OAK_TIER_SECRET = "0123456789abcdef";

test.each([
  { plane: "root", ports: { API_PORT: 10_004, MANAGER_PORT: 10_000, ra: 11_011 } },
  { plane: "cluster", ports: { API_PORT: 10_105, MANAGER_PORT: 10_100, ra: 11_012 } },
])("ports follow the plane: $plane", ({ plane, ports }) => {
  const { ra, ...others } = ports;
  expect(loadSchedulerConfig({ ORCHESTRATION_PLANE: plane, OAK_TIER_SECRET })).toMatchObject({
    ...others,
    RESOURCE_ABSTRACTOR_PORT: ra,
  });
});

test("a port that is set wins, and Oakestra's own variables are understood", () => {
  const config = loadSchedulerConfig({
    ORCHESTRATION_PLANE: "cluster",
    OAK_TIER_SECRET,
    API_PORT: "0",
    DEBUG: "True",
    REDIS_ADDR: "redis://:clusterRedis@cluster_redis:6479",
  });
  expect(config).toMatchObject({ API_PORT: 0, LOG_LEVEL: "debug" });
});

test("every fault is told at once", () => {
  const load = () => loadSchedulerConfig({ ORCHESTRATION_PLANE: "moon", API_PORT: "x" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/ORCHESTRATION_PLANE[\s\S]*API_PORT[\s\S]*OAK_TIER_SECRET/);
});
