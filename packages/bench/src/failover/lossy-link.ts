import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { TestBed } from "@oak/testkit";
import { addCable, addNamespace, inNamespace, ip } from "../system/namespaces.ts";
import { offerDatagrams, offerStreams } from "./offered-port.ts";

export interface LossyLinkOptions {
  /** of the packets that the namespace sends, 0 to 1 */
  loss: number;
  delayMs: number;
  /** the same for what is sent to it */
  isBothWays: boolean;
  random: () => number;
}

/** A network namespace whose only way out loses and delays packets. */
export interface LossyLink {
  readonly namespace: string;
  /** Where programs in it find this machine. */
  readonly address: string;
  /** From now on packets are lost and late, or not. */
  setImpaired(isImpaired: boolean): void;
  counts(): { passed: number; lost: number };
  /** Makes a port of this machine's loopback reachable at `address`, under the same number: TCP and UDP. */
  offer(port: number): Promise<void>;
}

const vxlanPort = 4_790;
const side = { engines: "198.18.1", machine: "198.18.2" } as const;

/**
 * The kernel's own TCP on a bad line, on machines whose kernel cannot make lines bad (netem): two namespaces are
 * joined by VXLAN, and its datagrams pass through this process, which drops and delays them.
 *
 *     engines ─ vxlan ─ UDP ─ this process ─ UDP ─ vxlan ─ router ─ this machine
 */
export async function addLossyLink(bed: TestBed, options: LossyLinkOptions): Promise<LossyLink> {
  const tag = `oak${process.pid}`;
  const spaces = { engines: `${tag}-e`, router: `${tag}-r` };
  await addEnd(bed, { namespace: spaces.engines, net: side.engines, device: `${tag}e` });
  await addEnd(bed, { namespace: spaces.router, net: side.machine, device: `${tag}r` });
  const inner = { engines: "198.18.3.1", router: "198.18.3.2" };
  await addTunnel(spaces.engines, side.engines, inner.engines);
  await addTunnel(spaces.router, side.machine, inner.router);
  const address = `${side.machine}.1`;
  await inNamespace(spaces.router, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  await ip("-n", spaces.engines, "route", "add", `${side.machine}.0/30`, "via", inner.router);
  await ip("route", "add", "198.18.3.0/30", "via", `${side.machine}.2`);
  const relay = await startRelay(bed, options);
  return {
    namespace: spaces.engines,
    address,
    ...relay,
    offer: async (port) => {
      await offerStreams(bed, address, port);
      await offerDatagrams(bed, address, port);
    },
  };
}

interface End {
  namespace: string;
  net: string;
  device: string;
}

async function addEnd(bed: TestBed, { namespace, net, device }: End): Promise<void> {
  await addNamespace(bed, namespace);
  const far = { namespace, device: "wire0", address: `${net}.2/30` };
  await addCable(bed, { device, address: `${net}.1/30` }, far);
}

async function addTunnel(namespace: string, net: string, address: string): Promise<void> {
  const ends = ["local", `${net}.2`, "remote", `${net}.1`, "dstport", String(vxlanPort)];
  const kind = ["type", "vxlan", "id", "77", ...ends, "dev", "wire0"];
  await ip("-n", namespace, "link", "add", "tunnel0", ...kind);
  await ip("-n", namespace, "addr", "add", `${address}/30`, "dev", "tunnel0");
  await ip("-n", namespace, "link", "set", "tunnel0", "up");
  // A virtual cable leaves checksums to a card that it does not have, and the relay has none to fill them in.
  const fill = ["-j", "CHECKSUM", "--checksum-fill"];
  for (const protocol of ["tcp", "udp"]) {
    const rule = ["-A", "POSTROUTING", "-o", "tunnel0", "-p", protocol, ...fill];
    await inNamespace(namespace, ["iptables", "-t", "mangle", ...rule]);
  }
}

async function startRelay(
  bed: TestBed,
  { loss, delayMs, isBothWays, random }: LossyLinkOptions,
): Promise<Pick<LossyLink, "setImpaired" | "counts">> {
  const counts = { passed: 0, lost: 0 };
  let isImpaired = false;
  const engines = await bind(`${side.engines}.1`);
  const machine = await bind(`${side.machine}.1`);
  bed.onClose(async () => {
    engines.close();
    machine.close();
  });
  const pass = (datagram: Buffer, out: Socket, to: string): void => {
    counts.passed += 1;
    // What was delayed may find the socket closed.
    out.send(datagram, vxlanPort, to, () => undefined);
  };
  const passBadly = (datagram: Buffer, out: Socket, to: string): void => {
    if (random() < loss) counts.lost += 1;
    else setTimeout(() => isOpen(out) && pass(datagram, out, to), delayMs);
  };
  engines.on("message", (datagram) => {
    (isImpaired ? passBadly : pass)(datagram, machine, `${side.machine}.2`);
  });
  machine.on("message", (datagram) => {
    (isImpaired && isBothWays ? passBadly : pass)(datagram, engines, `${side.engines}.2`);
  });
  return {
    setImpaired: (next) => {
      isImpaired = next;
    },
    counts: () => ({ ...counts }),
  };
}

async function bind(address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  socket.bind(vxlanPort, address);
  await once(socket, "listening");
  return socket;
}

function isOpen(socket: Socket): boolean {
  try {
    return socket.address().port > 0;
  } catch {
    return false;
  }
}
