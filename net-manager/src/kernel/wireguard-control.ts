/** Another worker, as a WireGuard device knows it. */
export interface WireguardPeer {
  /** Base64. */
  publicKey: string;
  /** Where its packets go; after its first one, where that came from. */
  endpoint?: { host: string; port: number };
  /** With the lengths of the prefixes. */
  allowedIps: readonly string[];
}

/** A peer with what became of it. */
export interface WireguardPeerState extends WireguardPeer {
  /** Unix time of the last handshake, in seconds; absent: none yet. */
  handshakeS?: number;
}

export interface WireguardDeviceState {
  /** Base64; absent on a new device. */
  privateKey?: string;
  port: number;
  peers: readonly WireguardPeerState[];
}

/** What is to be different. A peer that is there already gets another endpoint and other addresses, and keeps its session. */
export interface WireguardChange {
  device?: { privateKey: string; port: number };
  /** Public keys. */
  removed?: readonly string[];
  set?: readonly WireguardPeer[];
}

/** One device, by whichever way it is spoken with. */
export interface WireguardControl {
  read(): Promise<WireguardDeviceState>;
  apply(change: WireguardChange): Promise<void>;
}

/** With it the holes that a peer's NAT has for us stay open; shorter than the half minute after which the strictest forget. */
export const keepaliveS = 25;

/** `192.0.2.1:51820`, `[2001:db8::1]:51820`. */
export function formatEndpoint({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The opposite; undefined for what is none. */
export function parseEndpoint(text: string): { host: string; port: number } | undefined {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = six ?? four;
  return host === undefined ? undefined : { host, port: Number(port) };
}
