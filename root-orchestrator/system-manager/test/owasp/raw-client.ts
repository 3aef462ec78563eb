import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test says what no proper client would. */
export interface RawClient {
  socket: Socket;
  write(text: string): void;
  /** Everything that was answered until the other side ended, or it was enough. */
  answer(isEnough?: (received: string) => boolean): Promise<string>;
}

export async function connectRaw(url: string): Promise<RawClient> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port) });
  // A server that has had enough resets the connection; what it said before counts.
  socket.on("error", () => undefined);
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  await once(socket, "connect");
  return {
    socket,
    write: (text) => void socket.write(text),
    answer: (isEnough = () => false) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (socket.destroyed || socket.readableEnded || isEnough(received)) resolve(received);
        };
        for (const event of ["data", "end", "close"]) socket.on(event, look);
        look();
      }),
  };
}

/** The head of a request that is never finished unless a test does so. */
export function requestHead(method: string, path: string, headers: object = {}): string {
  const lines = Object.entries({ host: "root", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
