import { tolerating } from "../kernel-error.ts";
import { type NetlinkSocket, netlinkFlags } from "../netlink-socket.ts";
import type { KernelRoute, Rtnetlink } from "../ports.ts";
import { familyOf, familyV6, formatIp, parseIp, parsePrefix } from "../wire/ip-text.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { readAttributes, readNested } from "../wire/read-attributes.ts";

const messages = { add: 24, remove: 25, get: 26 } as const;
const attributes = { to: 1, link: 4, via: 5, metric: 6, metrics: 8, viaOther: 18 } as const;
const metricsMtu = 2;
const headerBytes = 12;
const mainTable = 254;
const protocolStatic = 4;
const scopes = { universe: 0, link: 253, nowhere: 255 } as const;
const kinds = { unicast: 1, unreachable: 7 } as const;
const flagOnlink = 4;
const flagCloned = 0x200;

type RouteCalls = Pick<Rtnetlink, "routes" | "replaceRoute" | "deleteRoute">;

interface RouteHeader {
  family: number;
  length: number;
  protocol: number;
  scope: number;
  kind: number;
  flags: number;
}

const routeHeader = (writer: MessageWriter, header: RouteHeader): void => {
  writer.u8(header.family);
  writer.u8(header.length);
  writer.u16(0);
  writer.u8(mainTable);
  writer.u8(header.protocol);
  writer.u8(header.scope);
  writer.u8(header.kind);
  writer.u32(header.flags);
};

const scopeOf = (route: KernelRoute): number =>
  route.via === undefined && route.kind !== "unreachable" ? scopes.link : scopes.universe;

const fillRoute = (writer: MessageWriter, route: KernelRoute, isDelete: boolean): void => {
  const { family, bytes, length } = parsePrefix(route.to);
  routeHeader(writer, {
    family,
    length,
    // Zero and "nowhere" match any in a deletion: who made it does not matter.
    protocol: isDelete ? 0 : (route.protocol ?? protocolStatic),
    scope: isDelete ? scopes.nowhere : scopeOf(route),
    kind: kinds[route.kind ?? "unicast"],
    flags: route.isOnlink === true ? flagOnlink : 0,
  });
  writer.attribute(attributes.to, bytes);
  if (route.link !== undefined) writer.attributeU32(attributes.link, route.link);
  if (route.via !== undefined) fillVia(writer, family, parseIp(route.via));
  if (route.metric !== undefined) writer.attributeU32(attributes.metric, route.metric);
  const { mtu } = route;
  if (mtu !== undefined && !isDelete) {
    writer.nested(attributes.metrics, () => writer.attributeU32(metricsMtu, mtu));
  }
};

/** An IPv4 route may lead over an IPv6 neighbour, which is said by another attribute. */
const fillVia = (writer: MessageWriter, family: number, via: Buffer): void => {
  if (familyOf(via) === family) writer.attribute(attributes.via, via);
  else {
    const tagged = Buffer.concat([Buffer.from([familyOf(via), 0]), via]);
    writer.attribute(attributes.viaOther, tagged);
  }
};

const parseRoute = (payload: Buffer): KernelRoute | undefined => {
  const family = payload[0] ?? 0;
  const kind = payload[7];
  const flags = payload.readUInt32LE(8);
  const isOther = payload[4] !== mainTable || (flags & flagCloned) !== 0;
  if (isOther || (kind !== kinds.unicast && kind !== kinds.unreachable)) return undefined;
  const found = readAttributes(payload, headerBytes);
  const to = found.get(attributes.to) ?? Buffer.alloc(family === familyV6 ? 16 : 4);
  const isUnreachable = kind === kinds.unreachable;
  // The kernel shows unreachable IPv6 routes as leading over the loopback device.
  const link = isUnreachable ? undefined : found.get(attributes.link);
  const via = found.get(attributes.via) ?? found.get(attributes.viaOther)?.subarray(2);
  const metric = found.get(attributes.metric);
  const mtu = readNested(found, attributes.metrics).get(metricsMtu);
  return {
    to: `${formatIp(to)}/${payload[1]}`,
    ...(via && { via: formatIp(via) }),
    ...(link && { link: link.readUInt32LE(0) }),
    ...((flags & flagOnlink) !== 0 && { isOnlink: true }),
    ...(mtu && { mtu: mtu.readUInt32LE(0) }),
    ...(metric && { metric: metric.readUInt32LE(0) }),
    kind: isUnreachable ? "unreachable" : "unicast",
  };
};

export const routeCalls = (socket: NetlinkSocket): RouteCalls => ({
  routes: (link, protocol = 0) =>
    socket.dump(
      {
        operation: "list routes",
        type: messages.get,
        fill: (writer) =>
          routeHeader(writer, { family: 0, length: 0, protocol, scope: 0, kind: 0, flags: 0 }),
      },
      ({ payload }) => {
        // Kernels before 4.20 answer all there are.
        if (protocol !== 0 && payload[5] !== protocol) return undefined;
        const route = parseRoute(payload);
        return link === undefined || route?.link === link ? route : undefined;
      },
    ),
  replaceRoute(route) {
    socket.request({
      operation: `replace route ${route.to}`,
      type: messages.add,
      flags: netlinkFlags.create | netlinkFlags.replace,
      fill: (writer) => fillRoute(writer, route, false),
    });
  },
  deleteRoute(route) {
    tolerating(["ESRCH", "ENODEV"], () => {
      socket.request({
        operation: `delete route ${route.to}`,
        type: messages.remove,
        fill: (writer) => fillRoute(writer, route, true),
      });
    });
  },
});
