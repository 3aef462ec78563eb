import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { HostPorts } from "../use-cases/attach-instance.ts";

/** Asks the kernel by listening for a moment. */
export const hostPorts: HostPorts = {
  free: async (protocol) => {
    const port = await listenOnce(protocol, 0);
    if (port === undefined) throw new Error(`This host has no free ${protocol} port`);
    return port;
  },
  isFree: async ({ host, protocol }) => (await listenOnce(protocol, host)) !== undefined,
};

/** The port that it was; undefined when another process listens there. */
function listenOnce(protocol: "tcp" | "udp", port: number): Promise<number | undefined> {
  return protocol === "tcp" ? listenTcp(port) : listenUdp(port);
}

function listenTcp(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => (isTaken(error) ? resolve(undefined) : reject(error)));
    server.listen(port, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}

function listenUdp(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", (error) => (isTaken(error) ? resolve(undefined) : reject(error)));
    socket.bind(port, () => {
      const { port: bound } = socket.address();
      socket.close(() => resolve(bound));
    });
  });
}

function isTaken(error: Error): boolean {
  return "code" in error && error.code === "EADDRINUSE";
}
