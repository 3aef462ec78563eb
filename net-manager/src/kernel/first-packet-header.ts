/** What a packet from the TUN device says about itself. */
export interface PacketHeader {
  family: 4 | 6;
  source: Buffer;
  destination: Buffer;
  protocol: number;
  /** Where the header of the next protocol starts. */
  payloadAt: number;
  /** A later part of a packet that was cut up: has no ports. */
  isLaterFragment: boolean;
}

const v6HeaderBytes = 40;

/** Reads the IP header; undefined for what is none, or cut short. */
export function readPacketHeader(packet: Buffer): PacketHeader | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return readV4(packet);
  return version === 6 ? readV6(packet) : undefined;
}

function readV4(packet: Buffer): PacketHeader | undefined {
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  if (headerBytes < 20 || packet.length < headerBytes) return undefined;
  return {
    family: 4,
    source: packet.subarray(12, 16),
    destination: packet.subarray(16, 20),
    protocol: packet.readUInt8(9),
    payloadAt: headerBytes,
    isLaterFragment: (packet.readUInt16BE(6) & 0x1fff) !== 0,
  };
}

/** Extension headers are left alone: with any of them before TCP, UDP or ICMP a packet is held and sent on like others. */
function readV6(packet: Buffer): PacketHeader | undefined {
  if (packet.length < v6HeaderBytes) return undefined;
  return {
    family: 6,
    source: packet.subarray(8, 24),
    destination: packet.subarray(24, 40),
    protocol: packet.readUInt8(6),
    payloadAt: v6HeaderBytes,
    isLaterFragment: false,
  };
}
