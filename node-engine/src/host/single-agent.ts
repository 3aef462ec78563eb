import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Makes sure that one agent at a time speaks for a node. */
export interface SingleAgent {
  /** @throws Error when another process on this machine holds the node. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Holds a name of the kernel's for as long as the process lives: unlike a lock file it cannot be left
 * behind, whatever kills the process. Two agents of one node would take each other's session for ever.
 */
export function createSingleAgent(nodeId: string): SingleAgent {
  let server: Server | undefined;
  return {
    start: async () => {
      const holder = createServer((socket) => socket.destroy());
      // The leading zero byte makes it an abstract socket, which is no file. Linux only.
      holder.listen(`\0oak-node-engine/${nodeId}`);
      try {
        await once(holder, "listening");
      } catch (cause) {
        if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE"))
          throw cause;
        throw new Error(`Another node engine runs with the identity of this node (${nodeId})`, {
          cause,
        });
      }
      holder.unref();
      server = holder;
    },
    stop: async () => {
      server?.close();
      server = undefined;
    },
  };
}
