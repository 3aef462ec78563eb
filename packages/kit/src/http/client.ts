import type { z } from "zod";
import { HttpError, UnexpectedAnswerError, UnreachableError } from "./client-errors.ts";
import {
  type Cancellation,
  createFetchTransport,
  createNodeTransport,
  type Transport,
  type TransportResponse,
} from "./transport.ts";

export type QueryValue = string | number | boolean | undefined;

export interface ClientRequest<Schema extends z.ZodType | undefined = z.ZodType | undefined> {
  /** GET unless said otherwise. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the base URL, with a leading slash; see `pathOf` for parts that come from outside. */
  path: string;
  /** Undefined values are left out. */
  query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Parses the answer; without it the answer is `unknown`. */
  schema?: Schema;
  headers?: Readonly<Record<string, string>>;
  /** Ends the request; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** From start to the last byte. For a long poll: its wait and some seconds more. */
  timeoutMs?: number;
}

type Answer<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown;

/** Speaks JSON to one other service over connections that are kept. */
export interface HttpClient {
  /**
   * Rejects with HttpError (answered, no success), UnreachableError (no answer in time) or
   * UnexpectedAnswerError (success that does not fit the schema). Nothing is repeated by itself.
   */
  request<Schema extends z.ZodType | undefined = undefined>(
    request: ClientRequest<Schema>,
  ): Promise<Answer<Schema>>;
  /** Closes idle connections. */
  close(): void;
}

export interface HttpClientOptions {
  /** `http://host:port`, with a path if all paths start with it, or `unix:/path/to.sock`. */
  baseUrl: string;
  /** Sent with each request; a function is asked each time, for tokens that change. */
  headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  timeoutMs?: number;
  /** In place of the sockets of node:http. */
  fetch?: typeof globalThis.fetch;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { baseUrl, headers = {}, timeoutMs = 5_000, fetch } = options;
  const transport: Transport =
    fetch === undefined ? createNodeTransport(baseUrl) : createFetchTransport(baseUrl, fetch);
  const prefix = baseUrl.startsWith("unix:") || fetch ? "" : pathPrefixOf(baseUrl);

  const request = async (wanted: ClientRequest): Promise<unknown> => {
    const method = wanted.method ?? "GET";
    const name = `${method} ${wanted.path}`;
    const outgoing = {
      method,
      target: `${prefix}${wanted.path}${queryString(wanted.query)}`,
      headers: {
        accept: "application/json",
        ...(typeof headers === "function" ? headers() : headers),
        ...(wanted.body === undefined ? {} : { "content-type": "application/json" }),
        ...wanted.headers,
      },
      ...(wanted.body === undefined ? {} : { body: JSON.stringify(wanted.body) }),
    };
    const limits = { timeoutMs: wanted.timeoutMs ?? timeoutMs, signal: wanted.signal, name };
    const response = await withDeadline(limits, (cancellation) =>
      transport.send({ ...outgoing, cancellation }),
    );
    return readResponse(name, response, wanted.schema);
  };

  return {
    // The conditional type follows from the schema; TypeScript cannot see that through `unknown`.
    request: <Schema extends z.ZodType | undefined>(wanted: ClientRequest<Schema>) =>
      request(wanted) as Promise<Answer<Schema>>,
    close: () => transport.close(),
  };
}

/** A path from parts, each escaped: `pathOf("api", "service", id)`. */
export function pathOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

function pathPrefixOf(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/$/, "");
}

function queryString(query: ClientRequest["query"]): string {
  if (query === undefined) return "";
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}

interface Deadline {
  name: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

async function withDeadline<T>(
  { name, timeoutMs, signal }: Deadline,
  run: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const cancellation = { isCancelled: false, onCancel: undefined as Cancellation["onCancel"] };
  const cancel = (): void => {
    cancellation.isCancelled = true;
    cancellation.onCancel?.();
  };
  let isTimeout = false;
  const timer = setTimeout(() => {
    isTimeout = true;
    cancel();
  }, timeoutMs);
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await run(cancellation);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new UnreachableError(name, { isTimeout, cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

function readResponse(
  name: string,
  response: TransportResponse,
  schema: z.ZodType | undefined,
): unknown {
  const isSuccess = response.status >= 200 && response.status < 300;
  const body = parseBody(name, response, isSuccess);
  if (!isSuccess) throw new HttpError(name, { status: response.status, body });
  if (schema === undefined) return body;
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new UnexpectedAnswerError(name, parsed.error);
  return parsed.data;
}

function parseBody(name: string, response: TransportResponse, isSuccess: boolean): unknown {
  if (response.text === "") return undefined;
  if (!/\bjson\b/i.test(response.contentType)) return response.text;
  try {
    return JSON.parse(response.text);
  } catch (error) {
    if (isSuccess) throw new UnexpectedAnswerError(name, error);
    return response.text;
  }
}
