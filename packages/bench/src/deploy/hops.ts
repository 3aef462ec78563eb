import { instanceKey } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import { z } from "zod";
import type { TestSystem } from "./test-system.ts";

const Told = z.object({
  cursor: z.string(),
  items: z.array(
    z.object({
      job_id: z.string(),
      instance_number: z.int(),
      phase: z.string(),
      seen: z.object({ status: z.string() }).nullish(),
    }),
  ),
});

/** What a tier's database came to say of an instance. */
export interface Hop {
  /** `root: assigned`, `cluster: RUNNING` */
  what: string;
  /** as `performance.now()` */
  atMs: number;
}

/** Hears of every change of an instance in the databases of both tiers, by their long polls. */
export interface HopWatch {
  /** The hops since the last call, each one's first time. */
  take(): Hop[];
  stop(): Promise<void>;
}

export function watchHops({
  abstractors,
  serviceId,
}: Pick<TestSystem, "abstractors" | "serviceId">): HopWatch {
  const controller = new AbortController();
  const hops = new Map<string, Hop>();
  const hear = (what: string): void => {
    if (!hops.has(what)) hops.set(what, { what, atMs: performance.now() });
  };
  const following = (["root", "cluster"] as const).map((tier) =>
    follow(abstractors[tier], controller.signal, (item) => {
      if (item.job_id !== serviceId) return;
      const key = instanceKey(item.job_id, item.instance_number);
      hear(`${key} ${tier}: ${item.phase}`);
      if (item.seen) hear(`${key} ${tier}: ${item.seen.status}`);
    }),
  );
  return {
    take: () => {
      const taken = [...hops.values()].map(({ what, atMs }) => ({
        what: what.slice(what.indexOf(" ") + 1),
        atMs,
      }));
      hops.clear();
      return taken;
    },
    stop: async () => {
      controller.abort();
      await Promise.all(following);
    },
  };
}

async function follow(
  { url, tierSecret }: { url: string; tierSecret: string },
  signal: AbortSignal,
  onItem: (item: z.infer<typeof Told>["items"][number]) => void,
): Promise<void> {
  const headers = { authorization: `Bearer ${tierSecret}` };
  const client = createHttpClient({ baseUrl: url, headers, timeoutMs: 40_000 });
  let since = "";
  try {
    while (!signal.aborted) {
      const query = { since, wait: since === "" ? 0 : 30 };
      const path = "/api/v1/instances";
      const told = await client.request({ path, query, schema: Told, signal });
      for (const item of told.items) onItem(item);
      since = told.cursor;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    client.close();
  }
}
