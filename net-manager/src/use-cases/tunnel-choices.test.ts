import { expect, test } from "vitest";
import type { Peer, SealedPeerState, WireguardState } from "../ports.ts";
import { createTunnelChoices } from "./tunnel-choices.ts";

const peer: Peer = {
  key: "10.18.9.0",
  subnet: { v4: "10.18.9.0", v6: "fc00::900" },
  host: "192.0.2.99",
  port: 50_103,
};
const wireguard = { publicKey: "a key", port: 40_004 };

function viewWhen(state: SealedPeerState, reason?: string, of: Peer = { ...peer, wireguard }) {
  const how: WireguardState = {
    own: { ...wireguard, kind: "user" },
    peers: new Map(of.wireguard && [[of.key, state]]),
    ...(reason !== undefined && { reason }),
  };
  const [view] = createTunnelChoices({ plane: { wireguard: () => how }, kind: "auto" }).views([of]);
  return view;
}

test.each([
  ["unreachable", "wireguard-go failed", "wireguard-go failed"],
  ["connecting", "wireguard-go failed", "wireguard-go failed"],
  ["unreachable", undefined, expect.stringContaining("reachable by UDP, that one on port 40004")],
  ["connecting", undefined, undefined],
  ["up", undefined, undefined],
  // Sessions go on while the program that tells of them is not understood.
  ["up", "no socket", undefined],
] as const)("an encrypted tunnel that is %s with %j shows %j", (state, reason, warning) => {
  const shown = { worker: peer.key, host: peer.host, tunnel: "wireguard", state, warning };
  expect(viewWhen(state, reason)).toEqual(shown);
});

test("a plain tunnel has nothing to do with the trouble of the encrypted ones", () => {
  const shown = { worker: peer.key, host: peer.host, tunnel: "vxlan" };
  expect(viewWhen("up", "wireguard-go failed", peer)).toEqual(shown);
});
