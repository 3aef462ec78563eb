// What processes in the namespaces of tests have in common: they do what they are told over their channel.
import { createSocket } from "node:dgram";

/** An IPv4 address as it is written where a socket serves both families. */
export const plain = (address) => address?.replace(/^::ffff:/, "");

/** "server client", as every server of these tests answers. */
export const whoAnswered = (line) => {
  const [server, client] = String(line).trim().split(" ");
  return { server, client };
};

/** Answers each datagram with this name and the address of whoever asks. */
export const listenUdp = (name, { port, family }) =>
  new Promise((done, fail) => {
    const socket = createSocket({ type: `udp${family}`, ipv6Only: family === 6 });
    socket.on("message", (_, { address, port: from }) => {
      socket.send(`${name} ${address}`, from, address);
    });
    socket.once("error", fail).bind(port, () => done(true));
  });

/** Sends one datagram and tells what came back, and how soon. */
export const askUdp = ({ host, port, timeoutMs = 3000 }) =>
  new Promise((done) => {
    const began = performance.now();
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const finish = (result) => {
      clearTimeout(timer);
      socket.close();
      done({ ...result, ms: performance.now() - began });
    };
    const timer = setTimeout(() => finish({ error: "TIMEOUT" }), timeoutMs);
    socket.once("error", ({ code }) => finish({ error: code }));
    socket.once("message", (data, { address }) =>
      finish({ ...whoAnswered(data), dialled: address }),
    );
    // Connected, so that a refusal is heard of.
    socket.connect(port, host, () => socket.send("who"));
  });

/** Does what its parent orders until that one goes. */
export const obey = (orders) => {
  process.on("message", async ({ id, order, options }) => {
    try {
      process.send({ id, result: await orders[order](options) });
    } catch (error) {
      process.send({ id, failure: String(error) });
    }
  });
  process.on("disconnect", () => process.exit());
  process.send({ id: 0, result: true });
};
