import { once } from "node:events";
import { connect } from "node:net";
import {
  formatEndpoint,
  keepaliveS,
  parseEndpoint,
  type WireguardChange,
  type WireguardControl,
  type WireguardDeviceState,
  type WireguardPeerState,
} from "./wireguard-control.ts";

const timeoutMs = 3_000;

/** Speaks with a device in user space over its socket; see "Cross-platform Userspace Implementation" of WireGuard. */
export function createUapiControl(socketPath: string): WireguardControl {
  return {
    read: async () => parseUapi(await ask(socketPath, "get=1\n\n")),
    apply: async (change) => {
      parseUapi(await ask(socketPath, formatUapi(change)));
    },
  };
}

async function ask(socketPath: string, text: string): Promise<string> {
  const socket = connect(socketPath);
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${socketPath} does not answer`)));
  try {
    socket.setEncoding("utf8");
    await once(socket, "connect");
    socket.write(text);
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      // The device keeps the connection open for more questions.
      if (answer.endsWith("\n\n")) break;
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

/** Text of a `set` operation. */
export function formatUapi({ device, removed = [], set = [] }: WireguardChange): string {
  const lines = ["set=1"];
  if (device !== undefined) {
    lines.push(`private_key=${hexOf(device.privateKey)}`, `listen_port=${device.port}`);
  }
  for (const key of removed) lines.push(`public_key=${hexOf(key)}`, "remove=true");
  for (const { publicKey, endpoint, allowedIps } of set) {
    lines.push(`public_key=${hexOf(publicKey)}`);
    if (endpoint !== undefined) lines.push(`endpoint=${formatEndpoint(endpoint)}`);
    lines.push(`persistent_keepalive_interval=${keepaliveS}`, "replace_allowed_ips=true");
    lines.push(...allowedIps.map((prefix) => `allowed_ip=${prefix}`));
  }
  return `${lines.join("\n")}\n\n`;
}

interface MutablePeer extends WireguardPeerState {
  allowedIps: string[];
}

/**
 * Reads the answer to either operation.
 * @throws Error when the device has refused
 */
export function parseUapi(text: string): WireguardDeviceState {
  const device: WireguardDeviceState = { port: 0, peers: [] };
  const peers: MutablePeer[] = [];
  let errno = "missing";
  for (const line of text.split("\n")) {
    const end = line.indexOf("=");
    const [key, value] = [line.slice(0, end), line.slice(end + 1)];
    if (key === "errno") errno = value;
    else if (key === "private_key") device.privateKey = base64Of(value);
    else if (key === "listen_port") device.port = Number(value);
    else if (key === "public_key") peers.push({ publicKey: base64Of(value), allowedIps: [] });
    else readPeerLine(peers.at(-1), key, value);
  }
  if (errno !== "0") throw new Error(`WireGuard device: errno ${errno}`);
  return { ...device, peers };
}

function readPeerLine(peer: MutablePeer | undefined, key: string, value: string): void {
  if (peer === undefined) return;
  if (key === "allowed_ip") peer.allowedIps.push(value);
  if (key === "last_handshake_time_sec" && value !== "0") peer.handshakeS = Number(value);
  const endpoint = key === "endpoint" ? parseEndpoint(value) : undefined;
  if (endpoint !== undefined) peer.endpoint = endpoint;
}

function hexOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
