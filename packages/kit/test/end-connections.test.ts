import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { HttpApp } from "../src/http/app.ts";
import { appUnderTest } from "./app-under-test.ts";

const halfBody =
  "POST /slow HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
const patience = { headersMs: 60_000, requestMs: 1_500 };

async function connectTo(app: HttpApp): Promise<Socket> {
  const address = app.server.address();
  if (typeof address !== "object" || address === null) throw new Error("It does not listen");
  const accepted = once(app.server, "connection");
  const socket = connect(address.port, "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await accepted;
  return socket;
}

test.each([
  ["a connection that was never used", ""],
  ["a request that stopped in its head", "POST / HTTP/1.1\r\nhost: a\r\n"],
  ["a request that stopped in its body", halfBody],
])("%s does not hold up the end of a server", async (_what, sent) => {
  const app = await appUnderTest({ patience });
  app.post("/slow", async () => ({}));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const socket = await connectTo(app);
  await new Promise((resolve) => socket.write(sent, resolve));
  const closing = app.close().then(() => "closed");
  expect(await Promise.race([closing, delay(10_000, "still open", { ref: false })])).toBe("closed");
});

test("a request that has come whole is answered, however long that takes", async () => {
  const app = await appUnderTest({ patience });
  const gate = new EventEmitter();
  const mayAnswer = once(gate, "answer");
  const hasCome = once(gate, "come");
  app.post("/slow", async () => ({}));
  app.get("/slow", async () => {
    gate.emit("come");
    await mayAnswer;
    return { answered: true };
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const socket = await connectTo(app);
  let text = "";
  socket.on("data", (data: Buffer) => {
    text += data.toString();
  });
  socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await hasCome;
  const half = await connectTo(app);
  half.write(halfBody);
  const isOver = Promise.all([once(socket, "close"), app.close()]);
  // Both limits are behind when this one is ended.
  await once(half, "close");
  gate.emit("answer");
  await isOver;
  expect(text).toContain('{"answered":true}');
});
