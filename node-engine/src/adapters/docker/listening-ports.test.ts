import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isListening, portsIn } from "./listening-ports.ts";

const of = (container: number, protocol: "tcp" | "udp" = "tcp") => ({
  host: 0,
  container,
  protocol,
});

async function listen(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test.each(["127.0.0.1", "::1"])("a server on %s is found by its port", async (host) => {
  const port = await listen(host);
  expect(await isListening(process.pid, [of(port)])).toBe(true);
  expect(await isListening(process.pid, [of(port, "udp")])).toBe(false);
});

test("one port that nobody listens on is one too many", async () => {
  const port = await listen("127.0.0.1");
  expect(await isListening(process.pid, [of(port), of(1)])).toBe(false);
});

test("a socket for datagrams is found by its port", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  expect(await isListening(process.pid, [of(socket.address().port, "udp")])).toBe(true);
});

test("nothing listens where no process is", async () => {
  expect(await isListening(2 ** 22 + 1, [of(80)])).toBe(false);
});

test("of TCP only sockets that listen count", () => {
  const line = (port: string, state: string) =>
    `   0: 00000000:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0\n`;
  const table = `  sl  local_address rem_address   st\n${line("1F90", "0A")}${line("0050", "06")}`;
  expect(portsIn(table, "tcp")).toEqual(new Set([8080]));
  expect(portsIn(table, "udp")).toEqual(new Set([8080, 80]));
});
