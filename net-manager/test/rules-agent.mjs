// Runs in a network namespace and does what it is told over its channel: real sockets need a process there.
import { connect, createServer } from "node:net";
import { askUdp, listenUdp, obey, plain, whoAnswered } from "./agent-orders.mjs";

const name = process.argv[2];
const held = new Map();

obey({
  /** Answers each line with this process's name and the address of whoever asks. */
  listen: ({ port }) =>
    new Promise((done, fail) => {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", () => socket.write(`${name} ${plain(socket.remoteAddress)}\n`));
      });
      server.once("error", fail).listen(port, () => done(true));
    }),
  listenUdp: (options) => listenUdp(name, options),
  /** Connects, asks once, and tells what it saw. With `hold` the connection stays under that name. */
  ask: ({ host, port, hold, source, timeoutMs = 3000 }) =>
    new Promise((done) => {
      const began = performance.now();
      const socket = connect({ host, port, ...(source && { localAddress: source }) });
      const finish = (result) => {
        if (hold === undefined || result.error) socket.destroy();
        else held.set(hold, socket);
        done({ ...result, ms: performance.now() - began });
      };
      socket.setTimeout(timeoutMs, () => finish({ error: "TIMEOUT" }));
      socket.once("error", ({ code }) => finish({ error: code }));
      socket.once("connect", () => socket.write("?"));
      socket.once("data", (data) => {
        finish({ ...whoAnswered(data), dialled: plain(socket.remoteAddress) });
      });
    }),
  askUdp,
  /** Asks once more over a connection that was held. */
  again: ({ hold, timeoutMs = 3000 }) =>
    new Promise((done) => {
      const socket = held.get(hold);
      const timer = setTimeout(() => done({ error: "TIMEOUT" }), timeoutMs);
      const finish = (result) => {
        clearTimeout(timer);
        socket.removeAllListeners("data");
        done(result);
      };
      socket.removeAllListeners("error");
      socket.once("error", ({ code }) => finish({ error: code }));
      socket.once("data", (data) => finish({ server: String(data).split(" ")[0] }));
      socket.write("?");
    }),
});
