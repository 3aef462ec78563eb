import { tolerating } from "../kernel-error.ts";
import { type NetlinkSocket, netlinkFlags } from "../netlink-socket.ts";
import type { Rtnetlink } from "../ports.ts";
import { familyV6, formatIp, parsePrefix } from "../wire/ip-text.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { readAttributes } from "../wire/read-attributes.ts";

const messages = { add: 20, remove: 21, get: 22 } as const;
const attributes = { address: 1, local: 2, flags: 8 } as const;
const headerBytes = 8;
/** Without it an IPv6 address is of no use for a second. */
const noDuplicateDetection = 2;

type AddressCalls = Pick<Rtnetlink, "addresses" | "addAddress" | "deleteAddress">;

const fillAddress = (writer: MessageWriter, link: number, text: string): void => {
  const { family, bytes, length } = parsePrefix(text);
  addressHeader(writer, { family, length, link });
  writer.attribute(attributes.local, bytes);
  writer.attribute(attributes.address, bytes);
  if (family === familyV6) writer.attributeU32(attributes.flags, noDuplicateDetection);
};

const addressHeader = (
  writer: MessageWriter,
  { family, length, link }: { family: number; length: number; link: number },
): void => {
  writer.u8(family);
  writer.u8(length);
  writer.u16(0);
  writer.u32(link);
};

const parseAddress = (payload: Buffer, link: number): string | undefined => {
  // A kernel without strict checks tells of all links.
  if (payload.readUInt32LE(4) !== link) return undefined;
  const found = readAttributes(payload, headerBytes);
  const bytes = found.get(attributes.local) ?? found.get(attributes.address);
  return bytes && `${formatIp(bytes)}/${payload[1]}`;
};

export const addressCalls = (socket: NetlinkSocket): AddressCalls => ({
  addresses: (link) =>
    socket.dump(
      {
        operation: "list addresses",
        type: messages.get,
        fill: (writer) => addressHeader(writer, { family: 0, length: 0, link }),
      },
      ({ payload }) => parseAddress(payload, link),
    ),
  addAddress(link, address) {
    socket.request({
      operation: `add address ${address}`,
      type: messages.add,
      flags: netlinkFlags.create | netlinkFlags.replace,
      fill: (writer) => fillAddress(writer, link, address),
    });
  },
  deleteAddress(link, address) {
    tolerating(["EADDRNOTAVAIL", "ENODEV"], () => {
      socket.request({
        operation: `delete address ${address}`,
        type: messages.remove,
        fill: (writer) => fillAddress(writer, link, address),
      });
    });
  },
});
