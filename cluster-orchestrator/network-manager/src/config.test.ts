import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { loadNetworkManagerConfig } from "./config.ts";

const OAK_TIER_SECRET = "secret-of-the-tests";

test("a secret is all that has to be set", () => {
  expect(loadNetworkManagerConfig({ OAK_TIER_SECRET })).toMatchObject({
    MY_PORT: 10_110,
    OAK_HOST: "127.0.0.1",
    MQTT_BROKER_PORT: 10_003,
    ROOT_SERVICE_MANAGER_PORT: 10_099,
    CLUSTER_MANAGER_PORT: 10_100,
    MONGO_URL: undefined,
  });
});

test("every fault is named", () => {
  const load = () => loadNetworkManagerConfig({ MQTT_BROKER_PORT: "mqtt", OAK_ROOT: "1" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/MQTT_BROKER_PORT[\s\S]*OAK_TIER_SECRET[\s\S]*OAK_ROOT/);
});
