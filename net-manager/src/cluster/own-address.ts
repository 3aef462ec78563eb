import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { NetCfg } from "@oak/contracts";

/** An address that stands for "find it out". */
const anyAddress = new Set(["", "0.0.0.0", "::"]);

/** The address that packets to `host` leave from; undefined while there is no route. Nothing is sent. */
export async function sourceAddressTo(host: string): Promise<string | undefined> {
  const found = await lookup(host, { all: true, order: "ipv4first" }).catch(() => []);
  for (const { address } of found) {
    const source = await sourceTo(address);
    if (source !== undefined) return source;
  }
  return undefined;
}

async function sourceTo(address: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.once("error", () => resolve(undefined));
      // Any port: connecting a UDP socket only looks the route up.
      socket.connect(9, address, () => resolve(socket.address().address));
    });
  } finally {
    socket.close();
  }
}

/** No interface of this host has the address by which others reach it: somebody in between translates. */
export function isBehindNat(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list = []) => list);
  return !own.some(({ address }) => address === host);
}

/** Where other workers reach this one: as configured, else the address of the way to the broker. */
export function advertisedHost(
  { NodePublicAddress }: Pick<NetCfg, "NodePublicAddress">,
  local: string | undefined,
): string | undefined {
  return anyAddress.has(NodePublicAddress) ? local : NodePublicAddress;
}
