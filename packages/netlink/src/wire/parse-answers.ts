import { readAttributes, readText } from "./read-attributes.ts";

const headerBytes = 16;
const typeError = 2;
const typeDone = 3;
const flagDumpInterrupted = 0x10;
const flagCapped = 0x100;
const flagExtendedAck = 0x200;
const ackText = 1;
const ackOffset = 2;

/** A message of the kernel that carries something. */
export interface ReceivedMessage {
  type: number;
  sequence: number;
  /** What was dumped changed meanwhile. */
  isInterrupted: boolean;
  /** Behind the header. A view that holds only until the next one is read. */
  payload: Buffer;
}

/** The end of an answer: zero for success. */
export interface KernelAnswer {
  sequence: number;
  errno: number;
  isInterrupted: boolean;
  reason?: string;
  offset?: number;
}

/** All messages of one datagram, in order. */
export const parseAnswers = (datagram: Buffer): (ReceivedMessage | KernelAnswer)[] => {
  const parts: (ReceivedMessage | KernelAnswer)[] = [];
  let at = 0;
  while (at + headerBytes <= datagram.length) {
    const length = datagram.readUInt32LE(at);
    if (length < headerBytes || at + length > datagram.length) break;
    parts.push(parseOne(datagram.subarray(at, at + length)));
    at += (length + 3) & ~3;
  }
  return parts;
};

const parseOne = (message: Buffer): ReceivedMessage | KernelAnswer => {
  const type = message.readUInt16LE(4);
  const flags = message.readUInt16LE(6);
  const sequence = message.readUInt32LE(8);
  const isInterrupted = (flags & flagDumpInterrupted) !== 0;
  if (type !== typeError && type !== typeDone) {
    return { type, sequence, isInterrupted, payload: message.subarray(headerBytes) };
  }
  const errno = message.length >= headerBytes + 4 ? -message.readInt32LE(headerBytes) : 0;
  const words = (flags & flagExtendedAck) === 0 ? {} : extendedAck(message, type, flags);
  return { sequence, errno: errno || 0, isInterrupted, ...words };
};

/** An error repeats the header of the request, or unless asked not to all of it, before it says more; the end of a dump doesn't. */
const extendedAck = (message: Buffer, type: number, flags: number): Partial<KernelAnswer> => {
  let from = headerBytes + 4;
  if (type === typeError) {
    const repeated = (flags & flagCapped) === 0 ? message.readUInt32LE(from) : headerBytes;
    from += (repeated + 3) & ~3;
  }
  const told = readAttributes(message, from);
  const text = told.get(ackText);
  const offset = told.get(ackOffset);
  return {
    ...(text && { reason: readText(text) }),
    ...(offset && { offset: offset.readUInt32LE(0) }),
  };
};
