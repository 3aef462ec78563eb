import { expect, test } from "vitest";
import { chooseTunnel, type KnownWorker } from "./choose-tunnel.ts";

const plain = {
  key: "10.18.1.0",
  subnet: { v4: "10.18.1.0", v6: "fc00::100" },
  host: "192.0.2.1",
  port: 50_103,
};
const wireguard = { publicKey: "a key", port: 50_104 };
const worker: KnownWorker = { ...plain, wireguard };
const here = { kind: "auto", hasWireguard: true, isSameCluster: false } as const;

test("auto is plain inside a cluster and encrypted between clusters", () => {
  expect(chooseTunnel(worker, { ...here, isSameCluster: true })).toEqual({ peer: plain });
  expect(chooseTunnel(worker, here)).toEqual({ peer: worker });
});

test("auto without WireGuard on one of both sides is plain, and says so", () => {
  expect(chooseTunnel(plain, here)).toMatchObject({
    peer: plain,
    warning: "not encrypted: it has no WireGuard",
  });
  expect(chooseTunnel(worker, { ...here, hasWireguard: false })).toMatchObject({
    peer: plain,
    warning: "not encrypted: this worker has no WireGuard",
  });
});

test("what one side wants encrypted is never plain", () => {
  for (const isSameCluster of [true, false]) {
    const needy = { ...worker, needsWireguard: true };
    expect(chooseTunnel(worker, { ...here, kind: "wireguard", isSameCluster })).toEqual({
      peer: worker,
    });
    expect(chooseTunnel(plain, { ...here, kind: "wireguard", isSameCluster })).toHaveProperty(
      "reason",
    );
    expect(chooseTunnel(needy, { ...here, isSameCluster })).toEqual({ peer: worker });
    expect(chooseTunnel(needy, { ...here, kind: "vxlan", isSameCluster })).toHaveProperty("reason");
    expect(chooseTunnel(needy, { ...here, hasWireguard: false, isSameCluster })).toHaveProperty(
      "reason",
    );
  }
});

test("vxlan is plain to everybody who takes it", () => {
  expect(chooseTunnel(worker, { ...here, kind: "vxlan" })).toEqual({ peer: plain });
});
