import type { Flow, FlowEnds, FlowFilter } from "../ports.ts";
import { formatIp, parseIp } from "../wire/ip-text.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { readAttributes, readNested } from "../wire/read-attributes.ts";

export const flowAttributes = {
  original: 1,
  reply: 2,
  status: 3,
  protocolInfo: 4,
  timeout: 7,
  mark: 8,
  id: 12,
  filter: 25,
  statusMask: 26,
} as const;

const tupleAttributes = { addresses: 1, protocol: 2 } as const;
const ipAttributes = { source4: 1, destination4: 2, source6: 3, destination6: 4 } as const;
const protocolAttributes = {
  number: 1,
  sourcePort: 2,
  destinationPort: 3,
  icmp4: { id: 4, type: 5, code: 6 },
  icmp6: { id: 7, type: 8, code: 9 },
} as const;
const filterAttributes = { originalFlags: 1, replyFlags: 2 } as const;
const filterFlags = { source: 1, destination: 2 } as const;
const tcpInfo = 1;
const tcpState = 1;
const headerBytes = 4;
/** A bit of the status. */
const seenReply = 2;

/** As the kernel numbers them. */
const tcpStates = [
  "none",
  "syn_sent",
  "syn_recv",
  "established",
  "fin_wait",
  "close_wait",
  "last_ack",
  "time_wait",
  "close",
  "syn_sent2",
];

/** @returns undefined for what has no addresses, which no flow of a known protocol is */
export const parseFlow = (payload: Buffer): Flow | undefined => {
  const found = readAttributes(payload, headerBytes);
  const original = readNested(found, flowAttributes.original);
  const protocol = readNested(original, tupleAttributes.protocol).get(protocolAttributes.number);
  const ends = parseEnds(original);
  const reply = parseEnds(readNested(found, flowAttributes.reply));
  if (!ends || !reply) return undefined;
  const info = readNested(readNested(found, flowAttributes.protocolInfo), tcpInfo);
  const state = tcpStates[info.get(tcpState)?.[0] ?? -1];
  const id = found.get(flowAttributes.id);
  return {
    protocol: protocol?.[0] ?? 0,
    original: ends,
    reply,
    mark: found.get(flowAttributes.mark)?.readUInt32BE(0) ?? 0,
    isAnswered: ((found.get(flowAttributes.status)?.readUInt32BE(0) ?? 0) & seenReply) !== 0,
    timeoutS: found.get(flowAttributes.timeout)?.readUInt32BE(0) ?? 0,
    ...(state !== undefined && { state }),
    ...(id && { id: id.readUInt32BE(0) }),
  };
};

const parseEnds = (tuple: ReadonlyMap<number, Buffer>): FlowEnds | undefined => {
  const addresses = readNested(tuple, tupleAttributes.addresses);
  const source = addresses.get(ipAttributes.source4) ?? addresses.get(ipAttributes.source6);
  const destination =
    addresses.get(ipAttributes.destination4) ?? addresses.get(ipAttributes.destination6);
  if (!source || !destination) return undefined;
  const protocol = readNested(tuple, tupleAttributes.protocol);
  const sourcePort = protocol.get(protocolAttributes.sourcePort);
  const destinationPort = protocol.get(protocolAttributes.destinationPort);
  const icmp = parseIcmp(protocol);
  return {
    source: formatIp(source),
    destination: formatIp(destination),
    ...(sourcePort && { sourcePort: sourcePort.readUInt16BE(0) }),
    ...(destinationPort && { destinationPort: destinationPort.readUInt16BE(0) }),
    ...(icmp && { icmp }),
  };
};

const parseIcmp = (protocol: ReadonlyMap<number, Buffer>): FlowEnds["icmp"] => {
  const { icmp4, icmp6 } = protocolAttributes;
  const names = protocol.has(icmp6.id) ? icmp6 : icmp4;
  const id = protocol.get(names.id);
  if (!id) return undefined;
  return {
    id: id.readUInt16BE(0),
    type: protocol.get(names.type)?.[0] ?? 0,
    code: protocol.get(names.code)?.[0] ?? 0,
  };
};

/** Names one flow by what its client sent. */
export const fillOriginal = (writer: MessageWriter, { original, protocol }: Flow): void => {
  const source = parseIp(original.source);
  const { icmp4, icmp6 } = protocolAttributes;
  writer.nested(flowAttributes.original, () => {
    writer.nested(tupleAttributes.addresses, () => fillAddresses(writer, original));
    writer.nested(tupleAttributes.protocol, () => {
      writer.attributeU8(protocolAttributes.number, protocol);
      fillPorts(writer, original);
      if (!original.icmp) return;
      const names = source.length === 4 ? icmp4 : icmp6;
      writer.attributeU16Be(names.id, original.icmp.id);
      writer.attributeU8(names.type, original.icmp.type);
      writer.attributeU8(names.code, original.icmp.code);
    });
  });
};

const fillPorts = (writer: MessageWriter, { sourcePort, destinationPort }: FlowEnds): void => {
  if (sourcePort !== undefined) writer.attributeU16Be(protocolAttributes.sourcePort, sourcePort);
  if (destinationPort !== undefined) {
    writer.attributeU16Be(protocolAttributes.destinationPort, destinationPort);
  }
};

const fillAddresses = (writer: MessageWriter, ends: Partial<FlowEnds>): void => {
  const put = (text: string, type4: number, type6: number): void => {
    const bytes = parseIp(text);
    writer.attribute(bytes.length === 4 ? type4 : type6, bytes);
  };
  const { source4, source6, destination4, destination6 } = ipAttributes;
  if (ends.source !== undefined) put(ends.source, source4, source6);
  if (ends.destination !== undefined) put(ends.destination, destination4, destination6);
};

const flagsOf = (ends: FlowFilter["original"] = {}): number =>
  (ends.source === undefined ? 0 : filterFlags.source) |
  (ends.destination === undefined ? 0 : filterFlags.destination);

/** Has the kernel choose by what came back (newer kernels; others tell of all). */
export const fillStatusFilter = (writer: MessageWriter, { isAnswered }: FlowFilter): void => {
  if (isAnswered === undefined) return;
  writer.attributeU32Be(flowAttributes.status, isAnswered ? seenReply : 0);
  writer.attributeU32Be(flowAttributes.statusMask, seenReply);
};

/** Has the kernel choose by addresses (since Linux 5.8; before, it tells of all). */
export const fillAddressFilter = (writer: MessageWriter, { original, reply }: FlowFilter): void => {
  const flags = [flagsOf(original), flagsOf(reply)] as const;
  if (flags[0] === 0 && flags[1] === 0) return;
  for (const [ends, type] of [
    [original, flowAttributes.original],
    [reply, flowAttributes.reply],
  ] as const) {
    if (flagsOf(ends) === 0) continue;
    writer.nested(type, () => {
      writer.nested(tupleAttributes.addresses, () => fillAddresses(writer, ends ?? {}));
    });
  }
  writer.nested(flowAttributes.filter, () => {
    writer.attributeU32(filterAttributes.originalFlags, flags[0]);
    writer.attributeU32(filterAttributes.replyFlags, flags[1]);
  });
};
