// Runs in a network namespace and does what it is told over its channel: real sockets need a process there.
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";

const name = process.argv[2];
const held = new Map();

const plain = (address) => address?.replace(/^::ffff:/, "");

const orders = {
  /** Answers each line with this process's name and the address of whoever asks. */
  listen: ({ port }) =>
    new Promise((done, fail) => {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", () => socket.write(`${name} ${plain(socket.remoteAddress)}\n`));
      });
      server.once("error", fail).listen(port, () => done(true));
    }),
  listenUdp: ({ port, family }) =>
    new Promise((done, fail) => {
      const socket = createSocket({ type: `udp${family}`, ipv6Only: family === 6 });
      socket.on("message", (_, { address, port: from }) => {
        socket.send(`${name} ${address}`, from, address);
      });
      socket.once("error", fail).bind(port, () => done(true));
    }),
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
        const [server, client] = String(data).trim().split(" ");
        finish({ server, client, dialled: plain(socket.remoteAddress) });
      });
    }),
  askUdp: ({ host, port, timeoutMs = 3000 }) =>
    new Promise((done) => {
      const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
      const finish = (result) => {
        clearTimeout(timer);
        socket.close();
        done(result);
      };
      const timer = setTimeout(() => finish({ error: "TIMEOUT" }), timeoutMs);
      socket.once("error", ({ code }) => finish({ error: code }));
      socket.once("message", (data, { address }) => {
        const [server, client] = String(data).split(" ");
        finish({ server, client, dialled: address });
      });
      // Connected, so that a refusal is heard of.
      socket.connect(port, host, () => socket.send("?"));
    }),
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
};

process.on("message", async ({ id, order, options }) => {
  try {
    process.send({ id, result: await orders[order](options) });
  } catch (error) {
    process.send({ id, failure: String(error) });
  }
});
process.on("disconnect", () => process.exit());
process.send({ id: 0, result: true });
