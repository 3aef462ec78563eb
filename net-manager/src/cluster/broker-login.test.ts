import { expect, test } from "vitest";
import { brokerLogin } from "./broker-login.ts";

const cfg = { ClusterUrl: "broker.example", ClusterMqttPort: "10003" };
const register = (cluster_address: string) => ({ client_id: "w", cluster_address });

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["2001:db8::1", "2001:db8::1"],
  ["", "broker.example"],
  ["0.0.0.0", "broker.example"],
])("of a cluster at %j the broker is at %s", (address, host) => {
  expect(brokerLogin(register(address), cfg, undefined)).toEqual({
    workerId: "w",
    host,
    port: 10_003,
  });
});

test("nobody says where the broker is", () => {
  const nowhere = { ...cfg, ClusterUrl: "0.0.0.0" };
  expect(brokerLogin(register(""), nowhere, undefined)).toBeUndefined();
});
