import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { DEFAULT_PORTS, takenPorts } from "./ports.ts";

test("a port on which somebody listens is named, free ones are not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const none = Object.fromEntries(Object.keys(DEFAULT_PORTS).map((name) => [name, 0]));
  const taken = await takenPorts({ ...DEFAULT_PORTS, ...none, mqttBroker: port }, "127.0.0.1");
  server.close();
  expect(taken).toEqual([port]);
});
