import { closeSync, constants, openSync } from "node:fs";
import { KernelError } from "./kernel-error.ts";
import { libc, succeeded } from "./libc.ts";
import type { Tun } from "./ports.ts";

const device = "/dev/net/tun";
const attach = 0x400454ca;
const setPersistent = 0x400454cb;
const requestBytes = 40;
const nameBytes = 16;
const kindTun = 1;
const withoutPacketInfo = 0x1000;
const eventfdFlags = 0o2004000;
const pollIn = 1;
const eagain = 11;
const eintr = 4;
const maxPacketBytes = 65_535;
/** After so many the rest of the process gets its turn. */
const packetsATurn = 64;
/**
 * The thread that waits is woken up by `close`; where nobody calls that, the end of the process has to wait for it, at
 * most so long.
 */
const longestWaitMs = 250;

/**
 * Makes a TUN device in the namespace of the calling thread; it stays bound to that one. Waiting for packets occupies one
 * thread of the pool (`UV_THREADPOOL_SIZE`).
 * @param options `isLasting`: the device stays when this process ends, with its addresses and routes; what is sent to it until
 *   it is opened again is lost without a word
 * @throws {KernelError} `EBUSY` when another process has it
 */
export const openTun = (name: string, options: { isLasting?: boolean } = {}): Tun => {
  const fd = attachDevice(name, options.isLasting ?? false);
  const wakeUp = succeeded("open event", libc().eventfd(0, eventfdFlags));
  const listeners: ((packet: Buffer) => void)[] = [];
  const received = Buffer.alloc(maxPacketBytes);
  const mourners: ((error: Error) => void)[] = [];
  let reading: Promise<void> | undefined;
  let isOpen = true;

  /** Hands out what is there, but not too much at once. */
  const drain = (): void => {
    for (let count = 0; count < packetsATurn && isOpen; count += 1) {
      const length = libc().read(fd, received, received.length);
      if (length < 0) {
        checkRead(libc().errno());
        return;
      }
      for (const listener of listeners) listener(received.subarray(0, length));
    }
  };

  const read = async (): Promise<void> => {
    const entries = pollEntries([fd, wakeUp]);
    while (isOpen) {
      await libc().pollAsync(entries, 2, longestWaitMs);
      drain();
    }
  };

  const readUntilLost = async (): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      for (const mourner of mourners) mourner(error);
    }
  };

  return {
    name,
    onPacket(listener) {
      listeners.push(listener);
      reading ??= readUntilLost();
    },
    onLost(listener) {
      mourners.push(listener);
    },
    write(packet) {
      succeeded(`write to ${name}`, libc().write(fd, packet, packet.length));
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      const one = Buffer.alloc(8);
      one.writeBigUInt64LE(1n);
      libc().write(wakeUp, one, one.length);
      // The number of a closed file may at once be that of another: the thread must be done with it.
      await reading;
      closeSync(fd);
      closeSync(wakeUp);
    },
  };
};

const attachDevice = (name: string, isLasting: boolean): number => {
  if (Buffer.byteLength(name) >= nameBytes)
    throw new TypeError(`name of a device too long: ${name}`);
  const fd = openSync(device, constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(requestBytes);
  request.write(name);
  request.writeUInt16LE(kindTun | withoutPacketInfo, nameBytes);
  try {
    succeeded(`open TUN ${name}`, libc().ioctl(fd, attach, request));
    // The argument counts as a number here: every address is "yes".
    if (isLasting) succeeded(`keep TUN ${name}`, libc().ioctl(fd, setPersistent, request));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
};

const pollEntries = (fds: readonly number[]): Buffer => {
  const entries = Buffer.alloc(8 * fds.length);
  fds.forEach((fd, index) => {
    entries.writeInt32LE(fd, 8 * index);
    entries.writeInt16LE(pollIn, 8 * index + 4);
  });
  return entries;
};

const checkRead = (errno: number): void => {
  if (errno !== eagain && errno !== eintr) throw new KernelError("read from TUN", errno);
};
