import type { OnDisconnect } from "@oak/contracts";
import { expect, test } from "vitest";
import { silencePolicyOf } from "./silence-policy.ts";

const volumes = [{ volume_id: "data", csi_driver: "hostpath" }];

test.each<[title: string, Parameters<typeof silencePolicyOf>, OnDisconnect]>([
  ["a worker is replaced", [{}, "worker"], "replace"],
  ["a cluster is waited for", [{}, "cluster"], "keep"],
  ["data is waited for", [{ volumes }, "worker"], "keep"],
  ["an empty list of volumes holds no data", [{ volumes: [] }, "worker"], "replace"],
  ["the service decides for a cluster", [{ onDisconnect: "replace" }, "cluster"], "replace"],
  ["and over its volumes", [{ onDisconnect: "replace", volumes }, "worker"], "replace"],
  ["exclusive is a wish of its own", [{ onDisconnect: "exclusive" }, "worker"], "exclusive"],
])("%s", (_title, args, policy) => {
  expect(silencePolicyOf(...args)).toBe(policy);
});
