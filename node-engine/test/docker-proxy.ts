import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** A socket in front of Docker's, which can be taken away or made to hang. */
export interface DockerProxy {
  socketPath: string;
  /** As a Docker that is down: the socket is gone, and every connection with it. */
  takeDown(): Promise<void>;
  bringUp(): Promise<void>;
  /** As a Docker that hangs: connections are taken and nothing is ever answered. */
  hang(isHanging: boolean): void;
  close(): Promise<void>;
}

export async function startDockerProxy(target = "/var/run/docker.sock"): Promise<DockerProxy> {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-docker-"));
  const socketPath = path.join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  let isHanging = false;
  let server: Server | undefined;

  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const connect = (client: Socket): void => {
    track(client);
    const upstream = createConnection(target);
    track(upstream);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.on("data", (chunk) => {
      if (!isHanging) upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (!isHanging) client.write(chunk);
    });
  };
  const bringUp = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer(connect).listen(socketPath, resolve);
    });
  const takeDown = (): Promise<void> =>
    new Promise((resolve) => {
      server?.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  await bringUp();
  return {
    socketPath,
    bringUp,
    takeDown,
    hang: (next) => {
      isHanging = next;
      // What was swallowed is lost: such a connection never works again.
      if (!next) for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      if (server?.listening === true) await takeDown();
      await rm(folder, { recursive: true });
    },
  };
}
