import { setTimeout as delay } from "node:timers/promises";
import { Client } from "undici";

/** One request, as it goes over the wire. */
export interface LoadRequest {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
}

export interface LoadOptions {
  /** base URL of the server */
  origin: string;
  /** Called for each request. */
  next(): LoadRequest;
  connections: number;
  durationMs: number;
  /**
   * Each connection sends one in so many milliseconds, however long the one before takes; undefined: as soon as that is
   * answered.
   */
  everyMs?: number | undefined;
}

export interface LoadResult {
  /** answered ones a second */
  perSecond: number;
  /** of each request, from its first byte, or from when that was due, to the last one of its answer */
  latenciesMs: number[];
}

/**
 * As many requests as the server answers, or so many as `everyMs` says. A connection sends the next one when the last byte of
 * the answer before is there.
 * @throws when an answer is not 200
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + options.durationMs;
  const connection = async (): Promise<void> => {
    const client = new Client(options.origin, { pipelining: 1, keepAliveTimeout: 60_000 });
    try {
      let dueMs = performance.now();
      while (dueMs < endMs) {
        if (dueMs > performance.now()) await delay(dueMs - performance.now());
        await exchange(client, options.next());
        const endedMs = performance.now();
        latenciesMs.push(endedMs - dueMs);
        dueMs = options.everyMs === undefined ? endedMs : dueMs + options.everyMs;
      }
    } finally {
      await client.destroy();
    }
  };
  await Promise.all(Array.from({ length: options.connections }, connection));
  const seconds = (performance.now() - startedMs) / 1000;
  return { perSecond: latenciesMs.length / seconds, latenciesMs };
}

/** The answer is read and dropped: this process shares the machine with the one that it measures. */
function exchange(client: Client, request: LoadRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    client.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: () => undefined,
      onResponseEnd: () => {
        if (status === 200) resolve();
        else reject(new Error(`${request.method} ${request.path} answered ${status}`));
      },
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
