import {
  formatEndpoint,
  keepaliveS,
  parseEndpoint,
  type WireguardChange,
  type WireguardControl,
  type WireguardDeviceState,
  type WireguardPeer,
} from "./wireguard-control.ts";

/** Runs a program to its end, in the network namespace of the data plane. Rejects when it fails. */
export type RunProgram = (program: string, ...args: string[]) => Promise<string>;

export interface WireguardToolDeps {
  device: string;
  /** Of the private key, which must not be seen in a list of processes. */
  keyFile: string;
  run: RunProgram;
}

/** Speaks with a device in the kernel by the program `wg`. */
export function createToolControl({ device, keyFile, run }: WireguardToolDeps): WireguardControl {
  return {
    read: async () => parseDump(await run("wg", "show", device, "dump")),
    apply: async (change) => {
      const args = toolArguments(change, keyFile);
      if (args.length > 0) await run("wg", "set", device, ...args);
    },
  };
}

/** What follows `wg set <device>`. */
export function toolArguments(change: WireguardChange, keyFile: string): string[] {
  const { device, removed = [], set = [] } = change;
  const own = device && ["private-key", keyFile, "listen-port", String(device.port)];
  return [
    ...(own ?? []),
    ...removed.flatMap((key) => ["peer", key, "remove"]),
    ...set.flatMap(peerArguments),
  ];
}

function peerArguments({ publicKey, endpoint, allowedIps }: WireguardPeer): string[] {
  return [
    ...["peer", publicKey],
    ...(endpoint === undefined ? [] : ["endpoint", formatEndpoint(endpoint)]),
    ...["persistent-keepalive", String(keepaliveS), "allowed-ips", allowedIps.join(",")],
  ];
}

const none = "(none)";

/** Reads `wg show <device> dump`: a line of the device, then one a peer, fields parted by tabs. */
export function parseDump(text: string): WireguardDeviceState {
  const [own = [], ...peers] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
  const [privateKey = none, , port] = own;
  return {
    ...(privateKey !== none && { privateKey }),
    port: Number(port),
    peers: peers.map(([publicKey = "", , endpointText = none, ips = none, handshake = "0"]) => {
      const endpoint = parseEndpoint(endpointText);
      return {
        publicKey,
        ...(endpoint && { endpoint }),
        allowedIps: ips === none ? [] : ips.split(","),
        ...(handshake !== "0" && { handshakeS: Number(handshake) }),
      };
    }),
  };
}
