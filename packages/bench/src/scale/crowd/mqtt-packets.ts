/**
 * The part of MQTT 3.1.1 that a worker uses. A full client costs ten times as much for each message, and ten
 * thousand of them would need the cores that are being measured.
 */
export type Incoming =
  | { kind: "connack"; returnCode: number }
  | { kind: "publish"; topic: string; payload: Buffer; qos: number; id: number }
  | { kind: "puback"; id: number }
  | { kind: "suback"; returnCode: number }
  | { kind: "pingresp" };

const types = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

export interface ConnectPacket {
  clientId: string;
  username: string;
  password: string;
  keepaliveS: number;
  /** published with quality 1 when the connection breaks */
  will: { topic: string; payload: string };
}

export function encodeConnect(packet: ConnectPacket): Buffer {
  const { clientId, username, password, keepaliveS, will } = packet;
  // user name, password, will of quality 1, clean session
  const flags = 0b1100_1110;
  const header = Buffer.from([0, 4, ...Buffer.from("MQTT"), 4, flags, keepaliveS >> 8, keepaliveS]);
  const fields = [clientId, will.topic, will.payload, username, password].map(encodeText);
  return encode(types.connect << 4, [header, ...fields]);
}

export function encodeSubscribe(id: number, filter: string, qos: 0 | 1): Buffer {
  return encode((types.subscribe << 4) | 0b10, [twoBytes(id), encodeText(filter), Buffer.of(qos)]);
}

/** @param id of 1 to 65,535 for quality 1; without it the message is sent with quality 0 */
export function encodePublish(topic: string, payload: string, id?: number): Buffer {
  const qos = id === undefined ? 0 : 1;
  const identifier = id === undefined ? [] : [twoBytes(id)];
  const body = [encodeText(topic), ...identifier, Buffer.from(payload)];
  return encode((types.publish << 4) | (qos << 1), body);
}

export function encodePuback(id: number): Buffer {
  return encode(types.puback << 4, [twoBytes(id)]);
}

export const PINGREQ = Buffer.of(types.pingreq << 4, 0);
export const DISCONNECT = Buffer.of(types.disconnect << 4, 0);

function encode(first: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([first, ...encodeLength(length)]), ...parts]);
}

function encodeLength(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return bytes;
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([twoBytes(bytes.length), bytes]);
}

function twoBytes(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** Puts packets together from what a socket brings, in pieces of any size. */
export function createPacketReader(onPacket: (packet: Incoming) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    for (;;) {
      const frame = frameAt(pending, at);
      if (frame === undefined) break;
      at = frame.end;
      const packet = decode(pending[frame.start - frame.headerLength] ?? 0, frame, pending);
      if (packet !== undefined) onPacket(packet);
    }
    pending = pending.subarray(at);
  };
}

interface Frame {
  headerLength: number;
  /** of what follows the header */
  start: number;
  end: number;
}

/** undefined: not all of it is there yet */
function frameAt(buffer: Buffer, at: number): Frame | undefined {
  let length = 0;
  for (let digits = 0; digits < 4; digits += 1) {
    const byte = buffer[at + 1 + digits];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** digits;
    if (byte < 128) {
      const start = at + 2 + digits;
      const end = start + length;
      return end <= buffer.length ? { headerLength: start - at, start, end } : undefined;
    }
  }
  throw new Error("A packet says that it is longer than packets can be");
}

function decode(first: number, { start, end }: Frame, buffer: Buffer): Incoming | undefined {
  switch (first >> 4) {
    case types.connack:
      return { kind: "connack", returnCode: buffer[start + 1] ?? 255 };
    case types.puback:
      return { kind: "puback", id: buffer.readUInt16BE(start) };
    case types.suback:
      return { kind: "suback", returnCode: buffer[start + 2] ?? 128 };
    case types.pingresp:
      return { kind: "pingresp" };
    case types.publish:
      return decodePublish((first >> 1) & 0b11, buffer.subarray(start, end));
    default:
      return undefined;
  }
}

function decodePublish(qos: number, body: Buffer): Incoming {
  const topicEnd = 2 + body.readUInt16BE(0);
  const payloadAt = qos === 0 ? topicEnd : topicEnd + 2;
  return {
    kind: "publish",
    topic: body.toString("utf8", 2, topicEnd),
    // Copied: what it lies in is used again.
    payload: Buffer.from(body.subarray(payloadAt)),
    qos,
    id: qos === 0 ? 0 : body.readUInt16BE(topicEnd),
  };
}
