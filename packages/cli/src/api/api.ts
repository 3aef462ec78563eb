import type { IncomingMessage } from "node:http";
import { CliError } from "../errors.ts";
import { oneLine } from "../output/harmless.ts";
import { type Doc, docsFrom } from "./answers.ts";
import { ApiError } from "./api-error.ts";
import { parseAnswer, readLines, readText } from "./read-body.ts";
import type { Session } from "./session.ts";
import type { Transport } from "./transport.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  /** What is undefined is left out; a list is repeated. */
  query?: Query;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface ListOptions extends CallOptions {
  /** No more than these; undefined: all. */
  limit?: number | undefined;
}

export interface LinesOptions extends CallOptions {
  /** Nothing else is a stream of the wanted kind, for example `text/event-stream`. */
  type?: string;
  /** Silence that is longer is a broken connection, milliseconds; undefined: any silence is well. */
  silenceMs?: number;
}

/**
 * The public API of one root, as the user of the chosen context. Paths begin with `/api/`; make them with `apiPath`, which keeps
 * names from changing them. All throw ApiError when the root refuses, and UnreachableRoot.
 */
export interface Api {
  server: string;
  call(method: Method, path: string, options?: CallOptions): Promise<unknown>;
  /** Like `call`, with the header `ETag` for a later `If-Match`. */
  callWithTag(method: Method, path: string, options?: CallOptions): Promise<TaggedAnswer>;
  /** A list; with a limit, or when the root pages by itself, over as many pages as it takes. */
  list(path: string, options?: ListOptions): Promise<Doc[]>;
  /** Lines of an answer that may not end, as they come. @throws CliError when it is of another type */
  lines(path: string, options?: LinesOptions): Promise<AsyncIterable<string>>;
  session: Session;
  close(): void;
}

export interface TaggedAnswer {
  answer: unknown;
  tag: string | undefined;
}

const mostPerPage = 1_000;

export function createApi(transport: Transport, session: Session): Api {
  const { server } = transport;

  const request = async (
    method: Method,
    path: string,
    { query = {}, body, headers = {} }: CallOptions,
  ): Promise<IncomingMessage> => {
    const full = withQuery(path, query);
    const send = async () =>
      transport.send({
        method,
        path: full,
        headers: { accept: "application/json", ...headers, ...(await session.headers()) },
        body,
      });
    let incoming = await send();
    // A session may have ended before its time; a second look costs one request.
    if (incoming.statusCode === 401 && (await session.renew())) {
      incoming.resume();
      incoming = await send();
    }
    const status = incoming.statusCode ?? 0;
    if (status >= 200 && status < 300) return incoming;
    const text = await readText(incoming, transport);
    throw new ApiError({ method, path, server, status, headers: incoming.headers, text });
  };

  const callWithTag: Api["callWithTag"] = async (method, path, options = {}) => {
    const incoming = await request(method, path, options);
    const text = await readText(incoming, transport);
    const answer = text === "" ? null : parseAnswer(text, server);
    return { answer, tag: incoming.headers.etag };
  };

  const list: Api["list"] = async (path, { limit, query, ...options } = {}) => {
    let items: Doc[] = [];
    const seen = new Set<string>();
    let next: { path: string; query: Query } | undefined = {
      path,
      query: { ...query, limit: limit === undefined ? undefined : Math.min(limit, mostPerPage) },
    };
    while (next !== undefined) {
      const incoming = await request("GET", next.path, { ...options, query: next.query });
      const page = docsFrom(parseAnswer(await readText(incoming, transport), server), path);
      // Not spread as arguments: a list that comes whole may hold more than a call can.
      items = items.concat(page);
      if (limit !== undefined && items.length >= limit) return items.slice(0, limit);
      next = page.length === 0 ? undefined : nextPageOf(incoming, { path, seen });
    }
    return items;
  };

  return {
    server,
    call: async (method, path, options) => (await callWithTag(method, path, options)).answer,
    callWithTag,
    list,
    lines: async (path, { type, silenceMs, headers, ...options } = {}) => {
      const accept = type === undefined ? {} : { accept: type };
      const incoming = await request("GET", path, {
        ...options,
        headers: { ...accept, ...headers },
      });
      if (type !== undefined) assertType(incoming, { type, path, server });
      if (silenceMs !== undefined) {
        incoming.setTimeout(silenceMs, () => incoming.destroy(new Error("it fell silent")));
      }
      return readLines(incoming, server);
    },
    session,
    close: () => transport.close(),
  };
}

interface Expected {
  type: string;
  path: string;
  server: string;
}

function assertType(incoming: IncomingMessage, { type, path, server }: Expected): void {
  const found = incoming.headers["content-type"] ?? "nothing";
  if (found.startsWith(type)) return;
  incoming.destroy();
  throw new CliError(`${server} answered ${oneLine(found)} for ${path}, not ${type}`, {
    advice: ["Something between here and the root may hold streams back; or the root is older"],
  });
}

interface PageTurn {
  path: string;
  /** Of this list, until now */
  seen: Set<string>;
}

/**
 * Only the query of the link counts: the root may not know by what prefix it is reached.
 *
 * @throws CliError when it leads in a circle
 */
function nextPageOf(
  { headers }: IncomingMessage,
  { path, seen }: PageTurn,
): { path: string; query: Query } | undefined {
  const { link = "" } = headers;
  const text = Array.isArray(link) ? link.join(",") : link;
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(text) ?? [];
  if (target === undefined) return undefined;
  const query = target.includes("?") ? target.slice(target.indexOf("?")) : "";
  if (query === "") return undefined;
  if (seen.has(query)) throw new CliError(`the pages of ${path} lead in a circle`);
  seen.add(query);
  return { path: `${path.split("?")[0]}${query}`, query: {} };
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  if (text === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${text}`;
}
