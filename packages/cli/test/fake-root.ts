import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What a root was asked. */
export interface Asked {
  method: string;
  /** With the query */
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What it answers: JSON with status 200, or whatever a function does with the response. */
export type Reply = Readonly<Record<string, unknown>> | readonly unknown[] | string | Rough;
export type Rough = (response: ServerResponse, asked: Asked) => void;

export interface FakeRoot {
  url: string;
  asked: Asked[];
  /** By `METHOD /path` without the query; `*` for all others. */
  replies: Record<string, Reply>;
}

/** A root of which every answer is the test's own; ends with the test. */
export async function aFakeRoot(
  replies: Record<string, Reply>,
  tls?: { key: string; cert: string },
): Promise<FakeRoot> {
  const sockets = new Set<Socket>();
  const root: FakeRoot = { url: "", asked: [], replies };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    const asked = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
    root.asked.push(asked);
    const reply = replies[`${method} ${path.split("?")[0]}`] ?? replies["*"];
    if (typeof reply === "function") return reply(response, asked);
    const status = reply === undefined ? 404 : 200;
    const body = reply ?? { code: 404, status: "Not Found", message: `No route ${method} ${path}` };
    tell(response, status, body);
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  root.url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return root;
}

export function tell(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** A refusal as our roots make it. */
export function refusal(
  status: number,
  message: string,
  more: Record<string, unknown> = {},
): Rough {
  return (response) => tell(response, status, { code: status, status: "-", message, ...more });
}

/** An access token that says when it ends. */
export function aToken(secondsLeft: number, id = "1"): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1_000) + secondsLeft;
  return `${part({ alg: "RS256" })}.${part({ sub: "Admin", exp, jti: id })}.c2ln`;
}
