import type { NetlinkSocket } from "../netlink-socket.ts";
import type { Rtnetlink } from "../ports.ts";
import { readAttributes } from "../wire/read-attributes.ts";

const getNumber = 90;
const attributes = { number: 1, fd: 3 } as const;
/** A family, padded. */
const headerBytes = 4;

export const namespaceCalls = (
  socket: NetlinkSocket,
): Pick<Rtnetlink, "namespaceNumber" | "namespaceCookie"> => ({
  namespaceCookie: () => socket.namespaceCookie(),
  namespaceNumber: (fd) => {
    const [number] = socket.request(
      {
        operation: "get number of namespace",
        type: getNumber,
        fill: (writer) => {
          writer.u32(0);
          writer.attributeU32(attributes.fd, fd);
        },
      },
      ({ payload }) => readAttributes(payload, headerBytes).get(attributes.number)?.readInt32LE(0),
    );
    return number === undefined || number < 0 ? undefined : number;
  },
});
