import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { LONGEST_SIGN_BYTES, type SignHeard, SignOfLife } from "@oak/contracts";
import type { Logger, Metrics } from "@oak/kit";
import type { SignOutcome } from "../../use-cases/take-sign-of-life.ts";

export interface SignListenerOptions {
  /** Of the HTTP side, whose number is the one that workers know; undefined: it has none. */
  address(): { host: string; port: number } | undefined;
  take(sign: SignOfLife): SignOutcome;
  logger: Logger;
  metrics: Metrics;
}

/** Hears the signs of life of workers, by UDP. */
export interface SignListener {
  /** Never rejects: a cluster whose port is taken goes on without signs. */
  start(): Promise<void>;
  stop(): Promise<void>;
  isListening(): boolean;
}

export function createSignListener(options: SignListenerOptions): SignListener {
  const { logger } = options;
  const signs = options.metrics.counter({
    name: "cluster_signs_of_life_total",
    help: "Signs of life beside the broker, by what became of them",
    labels: ["outcome"],
  });
  let socket: Socket | undefined;

  const onMessage = (from: Socket, datagram: Buffer, sender: RemoteInfo): void => {
    const sign = readSign(datagram);
    const outcome = sign === undefined ? "malformed" : options.take(sign);
    signs.inc({ outcome });
    if (sign === undefined || outcome !== "heard") return;
    const { session, seq } = sign;
    const answer: SignHeard = { session, seq };
    // What is lost is asked for again.
    from.send(JSON.stringify(answer), sender.port, sender.address, () => undefined);
  };

  return {
    start: async () => {
      const address = options.address();
      if (address === undefined) return;
      const opened = createSocket(isIPv6(address.host) ? "udp6" : "udp4");
      opened.on("message", (datagram, sender) => onMessage(opened, datagram, sender));
      try {
        opened.bind(address.port, address.host);
        await once(opened, "listening");
        opened.on("error", (err) => logger.debug({ err }, "socket for signs of life"));
        socket = opened;
      } catch (err) {
        opened.close();
        logger.warn({ ...address, err }, "signs of life cannot be heard");
      }
    },
    stop: async () => {
      const last = socket;
      socket = undefined;
      if (last === undefined) return;
      last.close();
      await once(last, "close");
    },
    isListening: () => socket !== undefined,
  };
}

function readSign(datagram: Buffer): SignOfLife | undefined {
  if (datagram.length > LONGEST_SIGN_BYTES) return undefined;
  try {
    return SignOfLife.parse(JSON.parse(datagram.toString("utf8")));
  } catch {
    return undefined;
  }
}
