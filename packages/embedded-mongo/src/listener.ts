import { once } from "node:events";
import { chmod, lstat } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { removeSocketFile } from "@oak/kit";

/** Where the server listens: a unix socket, or a TCP address if one is asked for. */
export type ListenAddress = { socketPath: string } | { host: string; port: number };

/** The kernel's limit (108 bytes with the final zero). */
const maxSocketPathBytes = 107;

/**
 * Listens at an address. A socket file that a dead process left is removed; one that somebody
 * answers on is not.
 */
export async function listen(
  address: ListenAddress,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(onConnection);
  if (!("socketPath" in address)) {
    server.listen(address.port, address.host);
    await once(server, "listening");
    return server;
  }
  const { socketPath } = address;
  if (Buffer.byteLength(socketPath) > maxSocketPathBytes) {
    throw new Error(`the socket path ${socketPath} is longer than ${maxSocketPathBytes} bytes`);
  }
  await removeStaleSocket(socketPath);
  server.listen(socketPath);
  await once(server, "listening");
  await chmod(socketPath, 0o600);
  return server;
}

/** The connection string that the official driver connects with. */
export function urlOf(address: ListenAddress, server?: Server): string {
  if ("socketPath" in address) {
    return `mongodb://${encodeURIComponent(address.socketPath)}/?directConnection=true`;
  }
  const bound = server?.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `mongodb://${host}:${port}/?directConnection=true`;
}

async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`${path} exists and is not a socket`);
  if (await isAnswered(path)) throw new Error(`another process listens on ${path}`);
  await removeSocketFile(path);
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
