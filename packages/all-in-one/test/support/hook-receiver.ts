import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a receiver of hooks gets it. */
export interface HookCall {
  path: string;
  headers: IncomingHttpHeaders;
  raw: string;
  body: Record<string, unknown>;
}

/** A receiver of hooks on the loopback; `answer` says what to a request is answered, nothing by default. */
export async function startHookReceiver(answer: (call: HookCall) => unknown = () => undefined) {
  const calls: HookCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks).toString();
    const { url: path = "", headers } = request;
    const call = { path, headers, raw, body: JSON.parse(raw) as Record<string, unknown> };
    calls.push(call);
    const text = JSON.stringify(answer(call));
    response.writeHead(text === undefined ? 204 : 200, { "content-type": "application/json" });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path: string) => `http://127.0.0.1:${port}/${path}`,
    callsOf: (path: string) => calls.filter((call) => call.path === `/${path}`),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** As the documentation tells receivers to do it. */
export function isSigned({ headers, raw }: HookCall, key: string): boolean {
  const parts = String(headers["x-oak-signature"]).split(",");
  const time = parts.find((part) => part.startsWith("t="))?.slice(2);
  const code = createHmac("sha256", key).update(`${time}.${raw}`).digest("hex");
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) < 300;
  return isFresh && parts.includes(`v1=${code}`);
}
