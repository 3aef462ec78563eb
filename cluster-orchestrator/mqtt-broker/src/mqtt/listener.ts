import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { BrokerLimits } from "./limits.ts";

/** PEM texts of the broker's own certificate. Clients prove who they are by their credential. */
export interface TlsIdentity {
  cert: string;
  key: string;
  passphrase?: string;
}

export interface ListenerOptions {
  host: string;
  /** 0: any free one */
  port: number;
  tls?: TlsIdentity;
  limits: Pick<BrokerLimits, "maxConnections" | "handshakeTimeoutMs">;
  onConnection: (socket: Socket) => void;
  /** A connection that never became one: over the limit, or no TLS. */
  onRejected: (reason: "too_many_connections" | "tls") => void;
}

/** The listening side, with or without TLS. */
export interface Listener {
  start(): Promise<void>;
  /** Accepts no more connections; resolves when all are closed, which `stop` does itself. */
  stop(): Promise<void>;
  readonly port: number | undefined;
}

export function createListener(options: ListenerOptions): Listener {
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  return {
    start: async () => {
      const starting = createPlainOrTls(options);
      // For TLS this is the bare connection beneath, so that half-open handshakes are closed as well.
      starting.on("connection", (socket: Socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      starting.maxConnections = options.limits.maxConnections;
      starting.on("drop", () => options.onRejected("too_many_connections"));
      await new Promise<void>((resolve, reject) => {
        starting.once("error", reject);
        starting.listen({ host: options.host, port: options.port }, () => {
          starting.off("error", reject);
          resolve();
        });
      });
      server = starting;
    },
    stop: async () => {
      const stopping = server;
      server = undefined;
      if (stopping === undefined) return;
      await new Promise<void>((resolve) => {
        stopping.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
    get port() {
      const bound = server?.address();
      return typeof bound === "object" && bound !== null ? bound.port : undefined;
    },
  };
}

function createPlainOrTls({ tls, limits, onConnection, onRejected }: ListenerOptions): Server {
  // The kernel asks after silent peers, for clients that connect with keep-alive 0.
  const common = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (tls === undefined) return createServer(common, onConnection);
  const secured = createTlsServer(
    { ...common, ...tls, handshakeTimeout: limits.handshakeTimeoutMs, minVersion: "TLSv1.2" },
    onConnection,
  );
  secured.on("tlsClientError", () => onRejected("tls"));
  return secured;
}
