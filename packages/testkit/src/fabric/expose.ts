import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Place } from "./place.ts";

/** A way from the test runner to a server in a place. */
export interface Exposure {
  /** On the loopback of the runner. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on a free port of the runner's loopback; each connection goes on to `target` as a program in the place sees it.
 * It costs a process a connection: for questions, not for load.
 */
export const expose = async (
  place: Place,
  target: { host?: string; port: number },
): Promise<Exposure> => {
  const clients = new Set<Socket>();
  const accept = (client: Socket): void => {
    clients.add(client);
    const program = [
      "/bin/busybox",
      "nc",
      target.host ?? "127.0.0.1",
      String(target.port),
    ] as const;
    const relay = place.connect(program);
    client.on("error", () => client.destroy());
    client.on("close", () => {
      clients.delete(client);
      relay.kill("SIGKILL");
    });
    relay.on("error", () => client.destroy());
    // Where nobody listens, the client is to see that too: some wait for ever after a quiet end.
    relay.on("close", (code) => {
      if (code === 0) client.destroySoon();
      else client.resetAndDestroy();
    });
    relay.stdin.on("error", () => client.destroy());
    client.pipe(relay.stdin);
    relay.stdout.pipe(client, { end: false });
  };
  const server = createServer(accept).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
};
