import { ConfigError } from "@oak/kit";
import { expect, test } from "vitest";
import { loadNetworkManagerConfig } from "./config.ts";

const OAK_TIER_SECRET = "secret-of-the-tests";

test("a secret is all that has to be set", () => {
  expect(loadNetworkManagerConfig({ OAK_TIER_SECRET })).toMatchObject({
    MY_PORT: 10_099,
    OAK_HOST: "127.0.0.1",
    RESOURCE_ABSTRACTOR_PORT: 11_011,
    SYSTEM_MANAGER_PORT: 10_000,
    OAK_ADDRESS_QUARANTINE_S: 300,
    MONGO_URL: undefined,
  });
});

test("Oakestra's pair of host and port names the database", () => {
  const env = { OAK_TIER_SECRET, ROOT_MONGO_URL: "mongo_net", ROOT_MONGO_PORT: "10008" };
  const { MONGO_URL } = loadNetworkManagerConfig(env);
  expect(MONGO_URL?.reveal()).toBe("mongodb://mongo_net:10008");
});

test("every fault is named", () => {
  const load = () => loadNetworkManagerConfig({ MY_PORT: "net", OAK_QUARANTINE: "1" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/MY_PORT[\s\S]*OAK_TIER_SECRET[\s\S]*OAK_QUARANTINE/);
});
