import {
  Agent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from "node:http";
import { faultOf } from "../probes/connection-faults.ts";
import { UnreachableRoot } from "./unreachable.ts";

export interface TransportOptions {
  /** URL without final slash; what follows the host goes before each path */
  server: string;
  ca: string | undefined;
  isInsecure: boolean;
  /** for one answer, milliseconds */
  timeoutMs: number;
}

export interface OutgoingRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON */
  body?: unknown;
}

/** Sends requests to one root. */
export interface Transport {
  /** Resolves with the head of the answer. @throws UnreachableRoot */
  send(request: OutgoingRequest): Promise<IncomingMessage>;
  timeoutMs: number;
  server: string;
  close(): void;
}

export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { server, timeoutMs } = options;
  const base = new URL(server);
  const { request, agent, tls } = await clientFor(base, options);
  const target: RequestOptions = {
    ...tls,
    agent,
    host: base.hostname.replace(/^\[|\]$/g, ""),
    port: base.port === "" ? (base.protocol === "https:" ? 443 : 80) : base.port,
  };
  const prefix = base.pathname.replace(/\/$/, "");
  const send: Transport["send"] = ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const outgoing = request({
        ...target,
        method,
        path: `${prefix}${path}`,
        headers: { ...headers, ...(text === undefined ? {} : contentHeaders(text)) },
      });
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        reject(new UnreachableRoot(server, faultOf(error), error));
      };
      const timer = setTimeout(() => {
        const detail = `no answer within ${timeoutMs / 1_000} s`;
        reject(new UnreachableRoot(server, { kind: "timeout", detail }, undefined));
        outgoing.destroy();
      }, timeoutMs);
      outgoing.on("error", fail);
      outgoing.once("response", (incoming) => {
        clearTimeout(timer);
        resolve(incoming);
      });
      outgoing.end(text);
    });
  return { send, timeoutMs, server, close: () => agent.destroy() };
}

async function clientFor(base: URL, { ca, isInsecure }: TransportOptions) {
  // Those who follow many instances hold a connection for each.
  const keep = { keepAlive: true, maxSockets: 64 };
  if (base.protocol !== "https:") return { request: requestHttp, agent: new Agent(keep), tls: {} };
  const https = await import("node:https");
  const tls = { rejectUnauthorized: !isInsecure, ...(ca !== undefined && { ca }) };
  return { request: https.request, agent: new https.Agent({ ...keep, ...tls }), tls };
}

function contentHeaders(text: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  };
}
