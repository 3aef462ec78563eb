import { type BlockingSockets, toSocketAddress } from "./blocking-sockets.ts";

export interface Target {
  address: string;
  port: number;
  count: number;
}

/** One connection, then a byte there and back, again and again. @returns microseconds each */
export function steadyTrips(sockets: BlockingSockets, target: Target): number[] {
  const { address, port, count } = target;
  const trips = new Float64Array(count);
  const socket = sockets.connect(toSocketAddress(address, port));
  try {
    for (let index = 0; index < count; index += 1) {
      const startedMs = performance.now();
      ask(sockets, socket);
      trips[index] = (performance.now() - startedMs) * 1000;
    }
  } finally {
    sockets.close(socket);
  }
  return [...trips];
}

/** Connects, sends a byte, waits for it and closes. @returns microseconds each, the closing included */
export function connectingTrips(sockets: BlockingSockets, target: Target): number[] {
  const trips = new Float64Array(target.count);
  const to = toSocketAddress(target.address, target.port);
  for (let index = 0; index < target.count; index += 1) {
    const startedMs = performance.now();
    const socket = sockets.connect(to);
    try {
      ask(sockets, socket);
    } finally {
      sockets.close(socket);
    }
    trips[index] = (performance.now() - startedMs) * 1000;
  }
  return [...trips];
}

function ask(sockets: BlockingSockets, socket: number): void {
  if (!sockets.sendByte(socket) || !sockets.receiveByte(socket)) {
    throw new Error("no answer");
  }
}

/** Gives every byte back, to one client after the other. Never returns. */
export function echoForEver(sockets: BlockingSockets, listener: number): never {
  for (;;) {
    const socket = sockets.accept(listener);
    while (sockets.receiveByte(socket) && sockets.sendByte(socket));
    sockets.close(socket);
  }
}
