// A workload: runs in a network namespace of its own and does what it is told over its channel.
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { askUdp, listenUdp, obey, plain, whoAnswered } from "./agent-orders.mjs";

const name = process.argv[2];
const streams = new Map();
const relays = new Map();

/** The first line says what the connection is for: `who`, or `sink <bytes>`. */
const serve = (socket) => {
  let wanted;
  let received = 0;
  socket.on("error", () => {});
  socket.on("data", (data) => {
    if (wanted === undefined) {
      const end = data.indexOf(10);
      const [word, bytes] = data.subarray(0, end).toString().split(" ");
      if (word === "who") {
        socket.write(`${name} ${plain(socket.remoteAddress)}\n`);
        return;
      }
      wanted = Number(bytes);
      received -= end + 1;
    }
    received += data.length;
    if (received >= wanted) socket.end(`${received}\n`);
  });
};

/**
 * The kernel leaves the checksum of a segment in a tunnel to the network card; a process that takes the packet over has to do it.
 */
const completeSegment = (vxlan) => {
  const ip = 8 + 14;
  if (vxlan.readUInt16BE(ip - 2) !== 0x0800 || vxlan[ip + 9] !== 6) return;
  const header = (vxlan[ip] & 15) * 4;
  const segment = vxlan.subarray(ip + header, ip + vxlan.readUInt16BE(ip + 2));
  segment.writeUInt16BE(0, 16);
  const pseudo = Buffer.from([...vxlan.subarray(ip + 12, ip + 20), 0, 6, 0, 0]);
  pseudo.writeUInt16BE(segment.length, 10);
  const padding = Buffer.alloc(segment.length % 2);
  const all = Buffer.concat([pseudo, segment, padding]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  segment.writeUInt16BE(~sum & 0xffff, 16);
};

const hold = (host, socket) => {
  streams.get(host)?.socket.destroy();
  streams.set(host, { longestMs: 0, answers: 1, socket });
};

obey({
  listen: async ({ port }) => {
    await new Promise((done, fail) => createServer(serve).once("error", fail).listen(port, done));
    for (const family of [4, 6]) await listenUdp(name, { port, family });
  },
  /** Connects, asks who is there, and tells what it saw; `isHeld`: stays connected until `endStream`. */
  ask: ({ host, port, timeoutMs = 3000, isHeld = false }) =>
    new Promise((done) => {
      const began = performance.now();
      const socket = connect({ host, port });
      const finish = (result) => {
        socket.setTimeout(0);
        if (isHeld && result.error === undefined) hold(host, socket);
        else socket.destroy();
        done({ ...result, ms: performance.now() - began });
      };
      socket.setTimeout(timeoutMs, () => finish({ error: "TIMEOUT" }));
      socket.once("error", ({ code }) => finish({ error: code }));
      socket.once("connect", () => socket.write("who\n"));
      socket.once("data", (data) => {
        finish({ ...whoAnswered(data), dialled: plain(socket.remoteAddress) });
      });
    }),
  askUdp,
  /** Sends so many bytes and waits until the other end has them. */
  pour: ({ host, port, bytes }) =>
    new Promise((done) => {
      const began = performance.now();
      const socket = connect({ host, port });
      socket.once("error", ({ code }) => done({ error: code }));
      socket.once("data", (data) => {
        done({ received: Number(String(data)), ms: performance.now() - began });
        socket.destroy();
      });
      socket.once("connect", () => {
        socket.write(`sink ${bytes}\n`);
        socket.write(Buffer.alloc(bytes));
      });
    }),
  /** A connection that asks every few milliseconds until `endStream`, which tells the longest pause between two answers. */
  stream: ({ host, port }) =>
    new Promise((done) => {
      const stream = {
        longestMs: 0,
        answers: 0,
        error: undefined,
        socket: connect({ host, port }),
      };
      let latest;
      streams.set(host, stream);
      stream.socket.setNoDelay(true);
      stream.socket.on("error", ({ code }) => {
        stream.error = code;
        done({ error: code });
      });
      stream.socket.on("close", () => clearInterval(timer));
      stream.socket.on("data", () => {
        const now = performance.now();
        if (latest !== undefined) stream.longestMs = Math.max(stream.longestMs, now - latest);
        latest = now;
        stream.answers += 1;
        if (stream.answers === 1) done({});
      });
      const timer = setInterval(() => stream.socket.write("who\n"), 5);
    }),
  /** Hands on what comes to a tunnel's port, later. Again: with another delay. */
  relay: async ({ port, host, to, delayMs }) => {
    const known = relays.get(port);
    relays.set(port, { delayMs });
    if (known !== undefined) return;
    const socket = createSocket("udp4");
    socket.on("message", (data) => {
      completeSegment(data);
      setTimeout(() => socket.send(data, to, host), relays.get(port).delayMs);
    });
    await new Promise((done) => socket.bind(port, done));
  },
  /** As the agent of a worker measures; built, since this process knows no TypeScript. */
  roundTrip: async ({ host, port, timeoutMs }) => {
    const { measureRoundTrip } = await import("../dist/adapters/measure-round-trip.js");
    return measureRoundTrip(host, port, timeoutMs);
  },
  endStream: ({ host }) => {
    const { socket, longestMs, answers, error } = streams.get(host);
    socket.destroy();
    return { longestMs, answers, ...(error && { error }) };
  },
});
