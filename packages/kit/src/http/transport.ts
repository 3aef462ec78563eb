import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";

/** One request as it goes over the wire. */
export interface TransportRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  cancellation: Cancellation;
}

/**
 * How the one who waits ends a request early. An AbortSignal for each request would cost a tenth of it, and
 * one that outlives many requests leaks on Node 20 when it is combined with others.
 */
export interface Cancellation {
  readonly isCancelled: boolean;
  /** Called at most once, when it is cancelled; the transport sets it while there is something to end. */
  onCancel: (() => void) | undefined;
}

export interface TransportResponse {
  status: number;
  contentType: string;
  text: string;
}

/** How requests leave. Rejects on network failure or when the request is cancelled. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): void;
}

/** Shorter than servers keep an idle socket, so that a request rarely meets one that is being closed. */
const idleSocketMs = 15_000;
const largestAnswerBytes = 64 * 1024 * 1024;

/**
 * Sockets of node:http: already in memory with the server, where fetch and undici would add 10 to 18 MB
 * to each process. `baseUrl` is `http://…`, `https://…` or `unix:/path/to.sock`.
 */
export function createNodeTransport(baseUrl: string): Transport {
  const connections = createConnections(baseUrl);
  return {
    send: async (outgoing) => {
      const start = await connections.open();
      if (outgoing.cancellation.isCancelled) throw cancelled();
      return exchange(outgoing, start);
    },
    close: connections.close,
  };
}

/** Begins a request to the one address that it belongs to. */
export type StartRequest = (options: RequestOptions) => ClientRequest;

/** The sockets to one address, made when they are first needed. */
export interface Connections {
  open(): Promise<StartRequest>;
  close(): void;
}

export function createConnections(baseUrl: string): Connections {
  const address = parseBaseUrl(baseUrl);
  const agentOptions = { keepAlive: true, timeout: idleSocketMs, maxFreeSockets: 16 };
  let connection: Promise<Connection> | undefined;
  return {
    open: async () => {
      connection ??= connect(address, agentOptions);
      const { agent, start } = await connection;
      return (options) => start({ ...address.socket, agent, ...options });
    },
    close: () => {
      connection?.then(({ agent }) => agent.destroy()).catch(() => undefined);
      connection = undefined;
    },
  };
}

/** The same over a given `fetch`, for tests and for runtimes that have their own. */
export function createFetchTransport(baseUrl: string, fetch: typeof globalThis.fetch): Transport {
  return {
    send: async ({ target, body, cancellation, ...rest }) => {
      const controller = new AbortController();
      cancellation.onCancel = () => controller.abort();
      const { signal } = controller;
      const init = { ...rest, signal, ...(body === undefined ? {} : { body }) };
      const response = await fetch(`${baseUrl.replace(/\/$/, "")}${target}`, init);
      return {
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        text: await response.text(),
      };
    },
    close: () => undefined,
  };
}

interface Connection {
  agent: Agent;
  start: typeof httpRequest;
}

interface Address {
  isSecure: boolean;
  socket: { socketPath: string } | { hostname: string; port: string };
}

function parseBaseUrl(baseUrl: string): Address {
  if (baseUrl.startsWith("unix:")) {
    return { isSecure: false, socket: { socketPath: baseUrl.slice("unix:".length) } };
  }
  const { protocol, hostname, port } = new URL(baseUrl);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new Error(`A base URL starts with http:, https: or unix:, not ${protocol}`);
  }
  // URL keeps the brackets of an IPv6 address, sockets want it without.
  const socket = { hostname: hostname.replace(/^\[|\]$/g, ""), port };
  return { isSecure: protocol === "https:", socket };
}

async function connect({ isSecure }: Address, options: object): Promise<Connection> {
  if (!isSecure) return { agent: new Agent(options), start: httpRequest };
  const https = await import("node:https");
  return { agent: new https.Agent(options), start: https.request };
}

function exchange(
  { method, target, headers, body, cancellation }: TransportRequest,
  start: StartRequest,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(Buffer.byteLength(body ?? "")) };
    const outgoing = start({
      method,
      path: target,
      headers: { ...headers, ...(body === undefined ? {} : length) },
    });
    cancellation.onCancel = () => {
      // Before the answer and in the middle of it: whoever reads then fails as well, which changes nothing.
      reject(cancelled());
      outgoing.destroy();
    };
    outgoing.on("error", reject);
    outgoing.once("response", (incoming) => {
      readAnswer(incoming).then(resolve, reject);
    });
    outgoing.end(body);
  });
}

function cancelled(): Error {
  return new Error("The request was cancelled");
}

/** By hand: the iterator of a stream costs more than the rest of a small request. */
export function readAnswer(incoming: IncomingMessage): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    incoming.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received > largestAnswerBytes) incoming.destroy(new Error("The answer is too large"));
    });
    incoming.once("error", reject);
    incoming.once("end", () =>
      resolve({
        status: incoming.statusCode ?? 0,
        contentType: incoming.headers["content-type"] ?? "",
        text: Buffer.concat(chunks).toString("utf8"),
      }),
    );
  });
}
