import { createHttpClient } from "@oak/kit";
import { z } from "zod";

/** How often a route was asked, and how long it took in all. */
export interface RequestCount {
  count: number;
  seconds: number;
}

/** By method and route: `POST /api/v1/jobs`. */
export type RequestCounts = ReadonlyMap<string, RequestCount>;

/** Asks a service what it was asked since its start. */
export async function readRequestCounts(baseUrl: string): Promise<RequestCounts> {
  const client = createHttpClient({ baseUrl, timeoutMs: 15_000 });
  try {
    return parseRequestCounts(await client.request({ path: "/metrics", schema: z.string() }));
  } finally {
    client.close();
  }
}

const line = /^oak_http_request_duration_seconds_(count|sum)\{([^}]*)\} (\S+)$/;

export function parseRequestCounts(text: string): RequestCounts {
  const counts = new Map<string, RequestCount>();
  for (const [, kind, labels = "", value] of text.split("\n").map((one) => line.exec(one) ?? [])) {
    const label = (name: string): string =>
      new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    if (kind === undefined) continue;
    const route = `${label("method")} ${label("route")}`;
    const known = counts.get(route) ?? { count: 0, seconds: 0 };
    const key = kind === "count" ? "count" : "seconds";
    counts.set(route, { ...known, [key]: known[key] + Number(value) });
  }
  return counts;
}

/** What came in between, the most frequent first. */
export function countedBetween(
  before: RequestCounts,
  after: RequestCounts,
): (RequestCount & { route: string })[] {
  return [...after]
    .map(([route, { count, seconds }]) => ({
      route,
      count: count - (before.get(route)?.count ?? 0),
      seconds: seconds - (before.get(route)?.seconds ?? 0),
    }))
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => other.count - one.count);
}
