import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createClusterDialler } from "./cluster-dialler.ts";

const dialler = createClusterDialler();
const here = "127.0.0.1";
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await new Promise((resolve) => {
      server.close(resolve);
      if ("closeAllConnections" in server)
        (server as { closeAllConnections(): void }).closeAllConnections();
    });
  }
});

async function listening<S extends Server>(server: S): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, here, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const answering = (answer: RequestListener): Promise<number> => listening(createServer(answer));

test("a listener needs to say nothing", async () => {
  const port = await listening(createTcpServer((socket) => socket.end()));
  expect(await dialler.knock(here, port)).toBeUndefined();
});

test("a port without a listener refuses", async () => {
  const port = await listening(createTcpServer());
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await dialler.knock(here, port)).toBe("refuses connections");
  expect(await dialler.nameAt(here, port)).toEqual({ trouble: "refuses connections" });
});

test("a cluster-manager tells its name", async () => {
  const port = await answering((_request, response) => {
    response.end(JSON.stringify({ cluster_name: "garage", cluster_id: "1" }));
  });
  expect(await dialler.nameAt(here, port)).toEqual({ name: "garage" });
});

test.each([
  ["a page", (write: (text: string) => void) => write("<html>")],
  ["a cluster without a name", (write: (text: string) => void) => write("{}")],
  ["an answer without an end", (write: (text: string) => void) => write("x".repeat(10_000))],
])("%s is another program's", async (_what, say) => {
  const port = await answering((_request, response) => {
    say((text) => response.end(text));
  });
  expect(await dialler.nameAt(here, port)).toEqual({ trouble: "is another program's" });
});

test("a redirect is not followed", async () => {
  let isVisited = false;
  const target = await answering((_request, response) => {
    isVisited = true;
    response.end(JSON.stringify({ cluster_name: "garage" }));
  });
  const port = await answering((_request, response) => {
    response.writeHead(302, { location: `http://${here}:${target}/api/cluster/status` }).end();
  });
  expect(await dialler.nameAt(here, port)).toEqual({ trouble: "is another program's" });
  expect(isVisited).toBe(false);
});

test("one that answers a byte at a time is not waited for", async () => {
  const port = await answering((_request, response) => {
    const timer = setInterval(() => response.write(" "), 100);
    response.once("close", () => clearInterval(timer));
  });
  expect(await dialler.nameAt(here, port)).toEqual({ trouble: "does not answer within 2 s" });
});

test("an address is its own, and a name without an address is unknown", async () => {
  expect(await dialler.resolve("[::1]")).toEqual(["::1"]);
  for (const unknown of ["no-such-host.invalid", "fd00::1%eth0", "http://192.0.2.1", "a\0b", ""]) {
    expect(await dialler.resolve(unknown)).toEqual([]);
  }
});
