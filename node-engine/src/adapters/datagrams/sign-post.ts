import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { SignHeard } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import type { SignPost } from "../../ports.ts";

export interface SignPostOptions {
  /** The cluster-manager: signs go by UDP to the number of its HTTP port. */
  cluster: { host: string; port: number };
  logger: Logger;
}

interface Post {
  socket: Socket;
  address: string;
}

/** Its socket exists while signs are being sent, so that a host with a new address is found. */
export function createSignPost({ cluster, logger }: SignPostOptions): SignPost {
  let listener: (heard: SignHeard) => void = () => undefined;
  let post: Post | undefined;
  let opening: AbortController | undefined;

  const open = async (signal: AbortSignal): Promise<void> => {
    const { address, family } = await lookup(cluster.host);
    if (signal.aborted) return;
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.on("error", (err) => logger.debug({ err }, "sign of life not sent"));
    socket.on("message", (datagram) => {
      const heard = readAnswer(datagram);
      if (heard !== undefined) listener(heard);
    });
    post = { socket, address };
  };

  return {
    onHeard: (next) => {
      listener = next;
    },
    send: (sign) => {
      if (post !== undefined) {
        // Its callback takes errors of this one sign.
        post.socket.send(JSON.stringify(sign), cluster.port, post.address, () => undefined);
        return;
      }
      if (opening !== undefined) return;
      const controller = new AbortController();
      opening = controller;
      void open(controller.signal)
        .catch((err: unknown) => logger.debug({ err }, "the cluster's address is not known"))
        .finally(() => {
          if (opening === controller) opening = undefined;
        });
    },
    rest: () => {
      opening?.abort();
      opening = undefined;
      post?.socket.close();
      post = undefined;
    },
  };
}

function readAnswer(datagram: Buffer): SignHeard | undefined {
  try {
    return SignHeard.parse(JSON.parse(datagram.toString("utf8")));
  } catch {
    return undefined;
  }
}
