// Calls a server again and again, each time over a new connection, and holds one connection all along. Each line on its
// standard input asks for a report of what was since the last one; the end of it ends the program.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const [host, port, echoPort] = process.argv.slice(2);
const lanes = 3;
const limitMs = 5_000;
const pauseMs = 5;

const fresh = () => ({ servers: {}, failures: [], longestMs: 0, echoes: 0, holds: [] });
let report = fresh();

const call = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    let text = "";
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), limitMs);
    socket.on("connect", () => socket.write("GET /cgi-bin/who HTTP/1.0\r\n\r\n"));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      const found = /\n(instance-\d+) /.exec(text)?.[1];
      if (found === undefined) reject(new Error(`an answer without content: ${text}`));
      else resolve(found);
    });
  });

const callOn = async () => {
  for (;;) {
    const sinceMs = performance.now();
    try {
      const server = await call();
      report.servers[server] = (report.servers[server] ?? 0) + 1;
    } catch (error) {
      report.failures.push(`${new Date().toISOString()} ${error.message}`);
    }
    report.longestMs = Math.max(report.longestMs, performance.now() - sinceMs);
    await delay(pauseMs);
  }
};

const hold = () => {
  const socket = connect({ host, port: Number(echoPort) });
  socket.setNoDelay(true);
  socket.on("connect", () => socket.write("x"));
  socket.on("data", async () => {
    report.echoes += 1;
    await delay(pauseMs);
    socket.write("x");
  });
  socket.on("error", (error) => report.holds.push(error.message));
  socket.on("close", () => report.holds.push("closed"));
};

for (let lane = 0; lane < lanes; lane += 1) void callOn();
if (echoPort !== undefined) hold();
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(report)}\n`);
  report = fresh();
}
process.exit();
