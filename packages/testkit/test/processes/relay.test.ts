import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startRelay } from "../../src/index.ts";

/** A server that says everything back, and a connection to it through the relay. */
async function anEcho() {
  const server = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const relay = await startRelay(typeof address === "object" ? (address?.port ?? 0) : 0);
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await relay.close();
    server.close();
  });
  const connect = () => {
    const socket = createConnection(relay.port, "127.0.0.1").on("error", () => undefined);
    sockets.push(socket);
    const heard = { text: "" };
    socket.on("data", (chunk) => {
      heard.text += chunk.toString();
    });
    return { socket, heard };
  };
  return { relay, connect };
}

test("what is said comes through in both directions", async () => {
  const { connect } = await anEcho();
  const { socket, heard } = connect();
  socket.write("one");
  await expect.poll(() => heard.text).toBe("one");
});

test("answers can be late, and keep their order", async () => {
  const { relay, connect } = await anEcho();
  relay.slowDown(100);
  const { socket, heard } = connect();
  const startedMs = performance.now();
  for (const word of ["one ", "two ", "three"]) socket.write(word);
  await expect.poll(() => heard.text).toBe("one two three");
  expect(performance.now() - startedMs).toBeGreaterThan(95);
});

test("a cut ends connections and lets no new ones in, until it is over", async () => {
  const { relay, connect } = await anEcho();
  const { socket } = connect();
  await once(socket, "connect");
  relay.cut(true);
  await once(socket, "close");
  await once(connect().socket, "close");
  relay.cut(false);
  const again = connect();
  again.socket.write("back");
  await expect.poll(() => again.heard.text).toBe("back");
});

test("what was said to a stalled server arrives when it goes on", async () => {
  const { relay, connect } = await anEcho();
  const { socket, heard } = connect();
  socket.write("one");
  await expect.poll(() => heard.text).toBe("one");
  relay.stall(true);
  socket.write(" two");
  const isDrained = await new Promise((resolve) => socket.write("", () => resolve(heard.text)));
  expect(isDrained).toBe("one");
  relay.stall(false);
  await expect.poll(() => heard.text).toBe("one two");
});
