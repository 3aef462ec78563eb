import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Exchange {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  body: unknown;
}

/** What to answer; `undefined` leaves the request open, as a long poll without news does. */
export type Respond = (exchange: Exchange) => { status: number; body: unknown } | undefined;

/** A tiny HTTP server in place of another service; closed with all connections when the test ends. */
export async function startStandIn(respond: Respond) {
  const exchanges: Exchange[] = [];
  const open = new Set<{ exchange: Exchange; response: ServerResponse }>();

  const answer = (exchange: Exchange, response: ServerResponse): boolean => {
    const result = respond(exchange);
    if (result === undefined) return false;
    response.writeHead(result.status, { "content-type": "application/json" });
    response.end(JSON.stringify(result.body));
    return true;
  };
  const server = createServer(async (request, response) => {
    const exchange = await readExchange(request);
    exchanges.push(exchange);
    if (!answer(exchange, response)) open.add({ exchange, response });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    /** Asks again what to answer to the requests that were left open. */
    wake: () => {
      for (const waiting of open) {
        if (answer(waiting.exchange, waiting.response)) open.delete(waiting);
      }
    },
  };
}

async function readExchange(request: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? "/", "http://stand-in");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.authorization,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
