import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { atMost, systemClock } from "@oak/kit";
import type { ReachPolicy } from "../domain/hooks/reach-policy.ts";
import { readWebhookUrl, type WebhookTarget } from "../domain/hooks/webhook-url.ts";
import { createLookUp, type Resolve } from "./look-up.ts";

export interface WebhookCall {
  url: string;
  body: string;
  headers: Readonly<Record<string, string>>;
  /** From the look-up of the name to the last byte of the answer. */
  timeoutMs: number;
  /** Bytes of the answer; a longer one is a failure. */
  mostBytes: number;
  signal?: AbortSignal | undefined;
}

export interface WebhookAnswer {
  status: number;
  text: string;
}

/** Posts to receivers of hooks. Rejects with an Error whose message says why, and nothing of what is behind it. */
export type WebhookClient = (call: WebhookCall) => Promise<WebhookAnswer>;

export interface WebhookClientOptions {
  policy: ReachPolicy;
  resolve?: Resolve;
  connectTimeoutMs?: number;
}

const largestHeaders = 16 * 1024;

/**
 * Each call looks the name up once, judges every address that it stands for, and connects to one of those: a name that
 * changes in between leads nowhere else. Redirects are answers like any other, and no proxy is asked.
 */
export function createWebhookClient(options: WebhookClientOptions): WebhookClient {
  const { policy, connectTimeoutMs = 2_000 } = options;
  const lookUp = createLookUp(options.resolve);
  return async (call) => {
    const target = readWebhookUrl(call.url);
    if ("refused" in target) throw new Error(`the address ${target.refused}`);
    const deadlineMs = performance.now() + call.timeoutMs;
    const found = isIP(target.host) === 0 ? lookUp(target.host) : Promise.resolve([target.host]);
    const addresses = await atMost(systemClock, Math.min(connectTimeoutMs, call.timeoutMs), found);
    if (addresses.length === 0) throw new Error("the name stands for no address");
    for (const address of addresses) {
      const refusal = policy.refusal({ host: target.host, address, port: target.port });
      if (refusal !== undefined) throw new Error(`must not be reached: ${refusal}`);
    }
    const timeoutMs = Math.max(1, deadlineMs - performance.now());
    return post({ call: { ...call, timeoutMs }, target, addresses, connectTimeoutMs });
  };
}

interface Post {
  call: WebhookCall;
  target: WebhookTarget;
  addresses: readonly string[];
  connectTimeoutMs: number;
}

function post({ call, target, addresses, connectTimeoutMs }: Post): Promise<WebhookAnswer> {
  const { url } = target;
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "accept-encoding": "identity",
        "content-length": Buffer.byteLength(call.body),
        ...call.headers,
      },
      // A connection of its own: none that was opened when the name stood for something else.
      agent: false,
      lookup: only(addresses),
      maxHeaderSize: largestHeaders,
    });
    const end = (error: Error): void => {
      request.destroy(error);
    };
    const whole = setTimeout(() => end(new Error("no answer in time")), call.timeoutMs);
    const connecting = setTimeout(() => end(new Error("no connection in time")), connectTimeoutMs);
    const aborted = (): void => end(new Error("stopped"));
    call.signal?.addEventListener("abort", aborted, { once: true });
    const settle = (): void => {
      clearTimeout(whole);
      clearTimeout(connecting);
      call.signal?.removeEventListener("abort", aborted);
    };
    request.once("socket", (socket) => {
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () =>
        clearTimeout(connecting),
      );
    });
    request.once("error", (error) => {
      settle();
      reject(error);
    });
    request.once("response", (response) => {
      read(response, call.mostBytes)
        .then(resolve, reject)
        .finally(() => {
          settle();
          request.destroy();
        });
    });
    if (call.signal?.aborted === true) aborted();
    else request.end(call.body);
  });
}

async function read(response: IncomingMessage, mostBytes: number): Promise<WebhookAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
}

/** In place of a look-up: what was judged, and nothing else. */
function only(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = all;
    if (options.all === true) callback(null, all);
    else callback(null, first?.address ?? "", first?.family ?? 0);
  };
}
