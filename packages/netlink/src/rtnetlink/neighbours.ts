import { tolerating } from "../kernel-error.ts";
import { type NetlinkSocket, netlinkFlags } from "../netlink-socket.ts";
import type { KernelNeighbour, Rtnetlink } from "../ports.ts";
import { familyOf, formatIp, formatMac, parseIp, parseMac } from "../wire/ip-text.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { readAttributes } from "../wire/read-attributes.ts";

const messages = { add: 28, remove: 29, get: 30 } as const;
const attributes = { address: 1, mac: 2, port: 6, link: 8 } as const;
const headerBytes = 12;
const familyBridge = 7;
const statePermanent = 0x80;
const stateNoArp = 0x40;
/** The entry is the device's own, not its bridge's. */
const flagSelf = 2;

type NeighbourCalls = Pick<Rtnetlink, "neighbours" | "replaceNeighbour" | "deleteNeighbour">;

const neighbourHeader = (
  writer: MessageWriter,
  { family, link, state, flags }: { family: number; link: number; state: number; flags: number },
): void => {
  writer.u8(family);
  writer.u8(0);
  writer.u16(0);
  writer.u32(link);
  writer.u16(state);
  writer.u8(flags);
  writer.u8(0);
};

const fillNeighbour = (writer: MessageWriter, neighbour: KernelNeighbour): void => {
  const { link, remote, remotePort } = neighbour;
  const target = remote ?? neighbour.address;
  if (target === undefined) throw new TypeError("a neighbour has an address or a remote");
  const bytes = parseIp(target);
  const header =
    remote === undefined
      ? { family: familyOf(bytes), link, state: statePermanent, flags: 0 }
      : { family: familyBridge, link, state: statePermanent | stateNoArp, flags: flagSelf };
  neighbourHeader(writer, header);
  writer.attribute(attributes.address, bytes);
  writer.attribute(attributes.mac, parseMac(neighbour.mac));
  if (remotePort !== undefined) writer.attributeU16Be(attributes.port, remotePort);
};

const parseNeighbour = (payload: Buffer, link: number): KernelNeighbour | undefined => {
  const isPermanent = (payload.readUInt16LE(8) & statePermanent) !== 0;
  if (payload.readInt32LE(4) !== link || !isPermanent) return undefined;
  const found = readAttributes(payload, headerBytes);
  const address = found.get(attributes.address);
  const mac = found.get(attributes.mac);
  // Entries of a bridge's own table have no address.
  if (!address || !mac) return undefined;
  const base = { link, mac: formatMac(mac) };
  if (payload[0] !== familyBridge) return { ...base, address: formatIp(address) };
  const port = found.get(attributes.port);
  return {
    ...base,
    remote: formatIp(address),
    ...(port && { remotePort: port.readUInt16BE(0) }),
  };
};

export const neighbourCalls = (socket: NetlinkSocket): NeighbourCalls => {
  const list = (family: number, link: number): KernelNeighbour[] =>
    socket.dump(
      {
        operation: "list neighbours",
        type: messages.get,
        fill: (writer) => {
          neighbourHeader(writer, { family, link: 0, state: 0, flags: 0 });
          // The forwarding tables know another filter, by bridge; those are short.
          if (family !== familyBridge) writer.attributeU32(attributes.link, link);
        },
      },
      ({ payload }) => parseNeighbour(payload, link),
    );

  return {
    neighbours: (link) => [...list(0, link), ...list(familyBridge, link)],
    replaceNeighbour(neighbour) {
      socket.request({
        operation: `replace neighbour ${neighbour.mac}`,
        type: messages.add,
        flags: netlinkFlags.create | netlinkFlags.replace,
        fill: (writer) => fillNeighbour(writer, neighbour),
      });
    },
    deleteNeighbour(neighbour) {
      tolerating(["ENOENT", "ENODEV"], () => {
        socket.request({
          operation: `delete neighbour ${neighbour.mac}`,
          type: messages.remove,
          fill: (writer) => fillNeighbour(writer, neighbour),
        });
      });
    },
  };
};
