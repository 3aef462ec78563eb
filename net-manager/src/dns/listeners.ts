import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import type { Clock, Logger } from "@oak/kit";
import { createShare, type Share } from "./share.ts";
import { framed, readFrames } from "./tcp-frames.ts";

/** Undefined: not worth an answer. */
export type HandlePacket = (packet: Buffer, from: Asker) => Promise<Buffer | undefined>;

/** Who asks, and how. */
export interface Asker {
  protocol: "udp" | "tcp";
  address: string;
}

export interface Listeners {
  listen(addresses: readonly string[]): void;
  stop(): Promise<void>;
  /** Where it listens, as far as it does. */
  readonly bound: readonly { address: string; port: number }[];
}

export interface ListenersOptions {
  handle: HandlePacket;
  /** 0: any one that is free, the same for both protocols. */
  port: number;
  clock: Clock;
  logger: Logger;
}

const retryMs = 5_000;
const mostConnections = 256;
/** Of one workload. */
const mostOfOne = 16;
const idleMs = 10_000;
/** Of one connection. */
const mostOpenQuestions = 16;

interface Bound {
  udp: UdpSocket;
  tcp: Server;
  address: string;
  port: number;
}

/** The ends on which workloads ask. */
export function createListeners({ handle, port, clock, logger }: ListenersOptions): Listeners {
  const bound = new Map<string, Bound>();
  const connections = new Set<Socket>();
  const share = createShare({ most: mostConnections, mostOfOne });
  let wanted: readonly string[] = [];
  let cancelRetry = (): void => undefined;
  let work: Promise<void> = Promise.resolve();

  const bind = async (address: string): Promise<void> => {
    const udp = await bindUdp(address, port, handle);
    try {
      const { port: chosen } = udp.address();
      const tcp = await bindTcp(address, chosen, (socket) =>
        serve(socket, { handle, connections, share }),
      );
      bound.set(address, { udp, tcp, address, port: chosen });
    } catch (error) {
      udp.close();
      throw error;
    }
  };

  const reach = async (): Promise<void> => {
    for (const [address, ends] of bound) {
      if (wanted.includes(address)) continue;
      bound.delete(address);
      await close(ends);
    }
    let isAllBound = true;
    for (const address of wanted.filter((one) => !bound.has(one))) {
      try {
        await bind(address);
        logger.info({ address, port: bound.get(address)?.port }, "resolver listens");
      } catch (err) {
        isAllBound = false;
        logger.error({ err, address, port }, "the resolver cannot listen");
      }
    }
    if (!isAllBound) cancelRetry = clock.setTimer(retryMs, again);
  };
  const again = (): void => {
    cancelRetry();
    work = work.then(reach);
  };

  return {
    listen: (addresses) => {
      wanted = addresses;
      again();
    },
    stop: async () => {
      wanted = [];
      again();
      for (const socket of connections) socket.destroy();
      await work;
    },
    get bound() {
      return [...bound.values()].map((ends) => ({ address: ends.address, port: ends.port }));
    },
  };
}

async function close({ udp, tcp }: Bound): Promise<void> {
  await new Promise<void>((resolve) => udp.close(() => resolve()));
  await new Promise<void>((resolve) => tcp.close(() => resolve()));
}

function bindUdp(address: string, port: number, handle: HandlePacket): Promise<UdpSocket> {
  const socket = isIPv6(address)
    ? createSocket({ type: "udp6", ipv6Only: true })
    : createSocket("udp4");
  socket.on("message", (packet, from) => {
    void handle(packet, { protocol: "udp", address: from.address }).then((answer) => {
      // Whoever asked may be gone, and the socket closed.
      if (answer !== undefined) trySend(socket, answer, from);
    });
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

function trySend(socket: UdpSocket, answer: Buffer, to: { address: string; port: number }): void {
  try {
    socket.send(answer, to.port, to.address, () => undefined);
  } catch {
    // Closed meanwhile.
  }
}

function bindTcp(
  address: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, ipv6Only: true, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

interface Serving {
  handle: HandlePacket;
  connections: Set<Socket>;
  share: Share;
}

function serve(socket: Socket, { handle, connections, share }: Serving): void {
  let open = 0;
  const { remoteAddress: address = "" } = socket;
  socket.on("error", () => undefined);
  if (!share.take(address)) {
    socket.destroy();
    return;
  }
  connections.add(socket);
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on("close", () => {
    connections.delete(socket);
    share.giveBack(address);
  });
  const answer = async (packet: Buffer): Promise<void> => {
    open += 1;
    const message = await handle(packet, { protocol: "tcp", address });
    open -= 1;
    if (message === undefined) socket.destroy();
    else if (socket.writable) socket.write(framed(message));
  };
  const read = readFrames((packet) => {
    if (open >= mostOpenQuestions) socket.destroy();
    else void answer(packet);
  });
  socket.on("data", read);
}
