import type { KernelLink } from "../ports.ts";
import { formatIp, formatMac, parseIp, parseMac } from "../wire/ip-text.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { readAttributes, readNested, readText } from "../wire/read-attributes.ts";

export const linkMessages = { add: 16, remove: 17, get: 18, set: 19 } as const;

export const linkAttributes = {
  mac: 1,
  name: 3,
  mtu: 4,
  master: 10,
  portInfo: 12,
  linkInfo: 18,
  namespaceFd: 28,
  extendedMask: 29,
  peerNamespace: 37,
} as const;

const infoAttributes = { kind: 1, data: 2, portKind: 4, portData: 5 } as const;
const vethPeer = 1;
const vxlanAttributes = { vni: 1, local4: 4, learning: 7, port: 15, local6: 17 } as const;
export const portIsolated = 33;

const headerBytes = 16;
const flagUp = 1;
/** Leaves the counters out, which are most of what is said of a link. */
export const skipStatistics = 8;

/** The fixed part of all messages on links. */
export const linkHeader = (
  writer: MessageWriter,
  link: { index?: number; family?: number; isUp?: boolean } = {},
): void => {
  writer.u8(link.family ?? 0);
  writer.u8(0);
  writer.u16(0);
  writer.u32(link.index ?? 0);
  writer.u32(link.isUp === true ? flagUp : 0);
  writer.u32(link.isUp === undefined ? 0 : flagUp);
};

export const parseLink = (payload: Buffer): KernelLink => {
  const attributes = readAttributes(payload, headerBytes);
  const info = readNested(attributes, linkAttributes.linkInfo);
  const kind = info.get(infoAttributes.kind);
  const kindText = kind && readText(kind);
  const master = attributes.get(linkAttributes.master);
  const peerNamespace = attributes.get(linkAttributes.peerNamespace);
  const isolated = readNested(info, infoAttributes.portData).get(portIsolated);
  return {
    index: payload.readInt32LE(4),
    name: readText(attributes.get(linkAttributes.name) ?? Buffer.alloc(0)),
    ...(kindText !== undefined && { kind: kindText }),
    mtu: attributes.get(linkAttributes.mtu)?.readUInt32LE(0) ?? 0,
    mac: formatMac(attributes.get(linkAttributes.mac) ?? Buffer.alloc(0)),
    isUp: (payload.readUInt32LE(8) & flagUp) !== 0,
    ...(master && { master: master.readUInt32LE(0) }),
    ...(peerNamespace && { peerNamespace: peerNamespace.readInt32LE(0) }),
    ...(isolated && { isIsolated: isolated[0] === 1 }),
    ...(kindText === "vxlan" && { vxlan: parseVxlan(readNested(info, infoAttributes.data)) }),
  };
};

const parseVxlan = (
  data: ReadonlyMap<number, Buffer>,
): { vni: number; port: number; local?: string } => {
  const local = data.get(vxlanAttributes.local4) ?? data.get(vxlanAttributes.local6);
  return {
    vni: data.get(vxlanAttributes.vni)?.readUInt32LE(0) ?? 0,
    port: data.get(vxlanAttributes.port)?.readUInt16BE(0) ?? 0,
    ...(local && { local: formatIp(local) }),
  };
};

/** The kind of a new link, and what is particular to that kind. */
export const linkKind = (writer: MessageWriter, kind: string, data?: () => void): void => {
  writer.nested(linkAttributes.linkInfo, () => {
    writer.attributeText(infoAttributes.kind, kind);
    if (data) writer.nested(infoAttributes.data, data);
  });
};

/** The far end of a pair. */
export const vethPeerData = (
  writer: MessageWriter,
  peer: { name: string; mtu: number; mac?: string; namespace?: number },
): void => {
  writer.nested(vethPeer, () => {
    linkHeader(writer);
    writer.attributeText(linkAttributes.name, peer.name);
    writer.attributeU32(linkAttributes.mtu, peer.mtu);
    if (peer.mac !== undefined) writer.attribute(linkAttributes.mac, parseMac(peer.mac));
    if (peer.namespace !== undefined) {
      writer.attributeU32(linkAttributes.namespaceFd, peer.namespace);
    }
  });
};

/** Forwarding entries are only those that are given: it learns nothing from what arrives. */
export const vxlanData = (
  writer: MessageWriter,
  settings: { vni: number; port: number; local: string },
): void => {
  const local = parseIp(settings.local);
  writer.attributeU32(vxlanAttributes.vni, settings.vni);
  writer.attributeU16Be(vxlanAttributes.port, settings.port);
  writer.attributeU8(vxlanAttributes.learning, 0);
  const type = local.length === 4 ? vxlanAttributes.local4 : vxlanAttributes.local6;
  writer.attribute(type, local);
};
