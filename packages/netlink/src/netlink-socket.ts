import { setImmediate as nextTurn } from "node:timers/promises";
import { KernelError } from "./kernel-error.ts";
import { libc, succeeded } from "./libc.ts";
import { type Fill, MessageWriter } from "./wire/message-writer.ts";
import { type KernelAnswer, parseAnswers, type ReceivedMessage } from "./wire/parse-answers.ts";

const afNetlink = 16;
const sockRawCloexec = 3 | 0o2000000;
const msgDontwait = 0x40;
const eagain = 11;
const eintr = 4;
const pollIn = 1;
const solSocket = 1;
const sndbufForce = 32;
const rcvbufForce = 33;
const netnsCookie = 71;
const solNetlink = 270;
const capAck = 10;
const extAck = 11;
const strictCheck = 12;

/** The kernel never puts more than 32 KiB of a dump in one datagram. */
const receiveBytes = 64 * 1024;
/** Only paid for while in use. Doubled by the kernel: transactions of up to 128 MiB go out as one datagram. */
const socketBufferBytes = 64 * 1024 * 1024;
/** Answers are queued when `send` returns; waiting is for kernels that one day do it otherwise. */
const answerTimeoutMs = 1000;
const dumpAttempts = 5;
/** For how long others wait at most while much is read in parts; one datagram takes less than one. */
const partMs = 4;

/** Flags of a request. */
export const netlinkFlags = {
  request: 0x1,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

export interface NetlinkRequest {
  /** Said in errors: `add link`. */
  operation: string;
  type: number;
  /** Beyond REQUEST and ACK, which are always set. */
  flags?: number;
  fill: Fill;
}

/**
 * A socket to the kernel that answers within the call: the kernel handles rtnetlink and netfilter requests while they
 * are sent. It stays in the namespace in which it was opened.
 */
export interface NetlinkSocket {
  /** One request; what `parse` makes of each message of its answer, without those for which it answers undefined. @throws KernelError */
  request<T>(request: NetlinkRequest, parse?: (message: ReceivedMessage) => T | undefined): T[];
  /** Like `request`, of everything that there is; begun again when that changed meanwhile. */
  dump<T>(request: NetlinkRequest, parse: (message: ReceivedMessage) => T | undefined): T[];
  /** Calls `visit` with each message of a dump, a few at a time; nothing else may be asked of the socket until it is over. */
  dumpInParts(request: NetlinkRequest, visit: (message: ReceivedMessage) => void): Promise<void>;
  /** Sends messages that were written with `sequence`, and answers all that the kernel says until it acknowledged `last`. */
  exchange(messages: Buffer, operation: string, last: number): KernelAnswer[];
  /** A number that no other namespace ever has, as long as this machine runs; undefined before Linux 5.14. */
  namespaceCookie(): bigint | undefined;
  /** A number that no message of this socket had. */
  nextSequence(): number;
  close(): void;
}

export const netlinkProtocols = { route: 0, netfilter: 12 } as const;

const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

const openSocket = (protocol: number): number => {
  const c = libc();
  const fd = succeeded("open netlink", c.socket(afNetlink, sockRawCloexec, protocol));
  const on = number32(1);
  const size = number32(socketBufferBytes);
  // Each is an improvement that an old kernel may lack; without them errors only say less, and batches are smaller.
  c.setsockopt(fd, solNetlink, extAck, on, 4);
  c.setsockopt(fd, solNetlink, capAck, on, 4);
  c.setsockopt(fd, solNetlink, strictCheck, on, 4);
  c.setsockopt(fd, solSocket, sndbufForce, size, 4);
  c.setsockopt(fd, solSocket, rcvbufForce, size, 4);
  return fd;
};

const waitReadable = (fd: number, operation: string): void => {
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(fd, 0);
  entry.writeInt16LE(pollIn, 4);
  const ready = libc().poll(entry, 1, answerTimeoutMs);
  if (ready === 0) throw new KernelError(operation, 110, { reason: "no answer" });
  if (ready < 0 && libc().errno() !== eintr) throw new KernelError(operation, libc().errno());
};

const errorOf = (operation: string, answer: KernelAnswer): KernelError =>
  new KernelError(operation, answer.errno, answer);

/** @param protocol one of {@link netlinkProtocols} @throws KernelError */
export const openNetlinkSocket = (protocol: number): NetlinkSocket => {
  const fd = openSocket(protocol);
  const writer = new MessageWriter();
  const received = Buffer.alloc(receiveBytes);
  let sequence = 0;
  let isOpen = true;

  const send = (messages: Buffer, operation: string): void => {
    if (!isOpen) throw new KernelError(operation, 9, { reason: "closed" });
    succeeded(operation, libc().send(fd, messages, messages.length, 0));
  };

  const receive = (operation: string): Buffer => {
    for (;;) {
      // Its number may be that of another file by now.
      if (!isOpen) throw new KernelError(operation, 9, { reason: "closed" });
      const length = libc().recv(fd, received, received.length, msgDontwait);
      if (length >= 0) return received.subarray(0, length);
      const errno = libc().errno();
      if (errno === eagain) waitReadable(fd, operation);
      else if (errno !== eintr) throw new KernelError(operation, errno);
    }
  };

  const exchange = (
    messages: Buffer,
    operation: string,
    last: number,
    visit?: (message: ReceivedMessage) => void,
  ): KernelAnswer[] => {
    send(messages, operation);
    const answers: KernelAnswer[] = [];
    const oldest = messages.readUInt32LE(8);
    // A batch that is refused as a whole has only its first message answered.
    const isLast = ({ sequence: number, errno }: KernelAnswer) =>
      number === last || (number === oldest && errno !== 0);
    while (!answers.some(isLast)) {
      // What is older an earlier request left behind, one that timed out.
      const parts = parseAnswers(receive(operation)).filter((part) => part.sequence >= oldest);
      for (const part of parts) {
        if ("errno" in part) answers.push(part);
        else visit?.(part);
      }
    }
    return answers;
  };

  const ask = <T>(
    request: NetlinkRequest,
    parse: ((message: ReceivedMessage) => T | undefined) | undefined,
  ): { found: T[]; isInterrupted: boolean } => {
    sequence += 1;
    writer.reset();
    const flags = netlinkFlags.request | netlinkFlags.ack | (request.flags ?? 0);
    writer.message({ type: request.type, flags, sequence }, request.fill);
    const found: T[] = [];
    let isInterrupted = false;
    const answers = exchange(writer.written(), request.operation, sequence, (message) => {
      isInterrupted ||= message.isInterrupted;
      const item = parse?.(message);
      if (item !== undefined) found.push(item);
    });
    const failed = answers.find((answer) => answer.errno !== 0);
    if (failed) throw errorOf(request.operation, failed);
    return {
      found,
      isInterrupted: isInterrupted || answers.some((answer) => answer.isInterrupted),
    };
  };

  /** One datagram; answers what ended the dump, if it did. */
  const visitSome = (
    operation: string,
    own: number,
    visit: (message: ReceivedMessage) => void,
  ): KernelAnswer | undefined => {
    for (const part of parseAnswers(receive(operation))) {
      if (part.sequence !== own) continue;
      if ("errno" in part) return part;
      visit(part);
    }
    return undefined;
  };

  return {
    request: (request, parse) => ask(request, parse).found,
    dump(request, parse) {
      for (let attempt = 1; ; attempt += 1) {
        const flags = netlinkFlags.dump | (request.flags ?? 0);
        const { found, isInterrupted } = ask({ ...request, flags }, parse);
        // Under constant change an answer with a seam is better than none.
        if (!isInterrupted || attempt === dumpAttempts) return found;
      }
    },
    async dumpInParts({ operation, type, flags = 0, fill }, visit) {
      sequence += 1;
      const own = sequence;
      writer.reset();
      const all = netlinkFlags.request | netlinkFlags.ack | netlinkFlags.dump | flags;
      writer.message({ type, flags: all, sequence: own }, fill);
      send(writer.written(), operation);
      for (let sinceMs = performance.now(); ; ) {
        const end = visitSome(operation, own, visit);
        if (end !== undefined && end.errno !== 0) throw errorOf(operation, end);
        if (end !== undefined) return;
        if (performance.now() - sinceMs < partMs) continue;
        await nextTurn();
        sinceMs = performance.now();
      }
    },
    exchange: (messages, operation, last) => exchange(messages, operation, last),
    namespaceCookie() {
      const cookie = Buffer.alloc(8);
      const isKnown = libc().getsockopt(fd, solSocket, netnsCookie, cookie, number32(8)) === 0;
      return isKnown ? cookie.readBigUInt64LE(0) : undefined;
    },
    nextSequence() {
      sequence += 1;
      return sequence;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      libc().close(fd);
    },
  };
};
