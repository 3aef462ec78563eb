import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  raw: string;
  // Tests look into bodies of every shape.
  // biome-ignore lint/suspicious/noExplicitAny: a cast at each look would say nothing more
  body: any;
}

/** What a receiver does with a request; without it the answer is 204. */
export type Manner = (received: Received, response: ServerResponse) => unknown;

/** A receiver of hooks on the loopback, whose manner can change while it runs. */
export async function startReceiver(manner: Manner = acknowledge) {
  const received: Received[] = [];
  const state = { manner };
  const server = createServer((request, response) => {
    let raw = "";
    request.on("data", (chunk) => {
      raw += chunk;
    });
    request.on("end", () => {
      const { url = "/", headers } = request;
      const one = { path: url, headers, raw, body: JSON.parse(raw) };
      received.push(one);
      state.manner(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    received,
    behave: (next: Manner) => {
      state.manner = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

export function acknowledge(_received: Received, response: ServerResponse): void {
  response.writeHead(204).end();
}

/** Answers what `change` makes of the body. */
export function answering(
  change: (body: Record<string, unknown>) => unknown,
  status = 200,
): Manner {
  return ({ body }, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(change(body)));
  };
}

/** As a receiver does it that has the key. */
export function isSignedWith(key: string, { headers, raw }: Received): boolean {
  const header = String(headers["x-oak-signature"]);
  const time = /^t=(\d+)/.exec(header)?.[1];
  const code = createHmac("sha256", key).update(`${time}.${raw}`).digest("hex");
  return header.split(",").includes(`v1=${code}`);
}
