import type { WORKER_VARIABLES } from "@oak/contracts/worker";
import { ConfigError } from "@oak/kit";
import { expect, expectTypeOf, test } from "vitest";
import { type NodeEngineConfig, readConfig } from "./config.ts";

const least = { OAK_CLUSTER_ADDRESS: "cluster.example" };

test("the address of the cluster is enough", () => {
  expect(readConfig(least)).toEqual({
    OAK_CLUSTER_ADDRESS: "cluster.example",
    OAK_CLUSTER_PORT: 10_100,
    OAK_CONF_FILE: "/etc/oakestra/conf.json",
    OAK_STATE_DIR: "/var/lib/oakestra/node-engine",
    OAK_RUNTIME: "docker",
    OAK_NETWORK: "auto",
    OAK_NETWORK_SOCKET: "/etc/netmanager/netmanager.sock",
    OAK_NETWORK_POOL: 2,
    HEALTH_HOST: "127.0.0.1",
    LOG_LEVEL: "info",
  });
});

test("all faults are named at once", () => {
  const read = () =>
    readConfig({
      OAK_CLUSTER_PORT: "none",
      OAK_RUNTIME: "podman",
      DOCKER_HOST: "/run/docker.sock",
      OAK_ENGINE_ID: "A!",
      OAK_CLUSTER_ADDRES: "x",
    });

  expect(read).toThrow(ConfigError);
  const names = ["OAK_CLUSTER_ADDRESS", "OAK_CLUSTER_PORT", "OAK_RUNTIME", "DOCKER_HOST"];
  for (const name of [...names, "OAK_ENGINE_ID", "did you mean OAK_CLUSTER_ADDRESS"]) {
    expect(read).toThrow(name);
  }
});

test("every variable of a worker's one file is accepted, those of the net-manager included", () => {
  expect(() => readConfig({ ...least, OAK_NET_IDLE_S: "60" })).not.toThrow();
});

test("the net-manager is told of every variable that this agent has", () => {
  type Own = Extract<keyof NodeEngineConfig, `OAK_${string}`>;
  expectTypeOf<(typeof WORKER_VARIABLES)["nodeEngine"][number]>().toEqualTypeOf<Own>();
});
