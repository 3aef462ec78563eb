import type { TableResult } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import { expect, test } from "vitest";
import { createTableQueries } from "../cluster/table-queries.ts";
import type { KnownService } from "../domain/known-service.ts";
import { createInterests } from "./interests.ts";

const table = (version: string) =>
  ({ app_name: "a.b.c.d", query_key: "a.b.c.d", version }) as unknown as TableResult;

/** Answers and updates come in by hand. */
function scene() {
  const learned: unknown[] = [];
  const queries = createTableQueries({ send: () => true, clock: systemClock });
  const interests = createInterests({
    link: {
      isUp: () => true,
      send: () => true,
      subscribe: async () => true,
      unsubscribe: () => undefined,
    },
    queries,
    table: {
      learn: (result: TableResult) => learned.push(result),
      named: () => learned.at(-1) as KnownService,
      forget: () => undefined,
    } as never,
    busy: async () => new Set<string>(),
    isHeld: () => false,
    onLearned: () => undefined,
    clock: systemClock,
    logger: createSilentLogger(),
    idleMs: 1_000,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { learned, queries, interests, settled };
}

test("an answer that comes just before an update does not replace it", async () => {
  const { learned, queries, interests, settled } = scene();
  interests.want("a.b.c.d");
  await settled();
  // Both in one packet: nothing else gets a turn between them.
  queries.answered(table("old"));
  interests.updated("a.b.c.d", table("new"));
  await settled();
  expect(learned).toEqual([table("old"), table("new")]);
  queries.stop();
});

test("nor the answer about an address", async () => {
  const { learned, queries, interests, settled } = scene();
  const asked = interests.resolve({ address: "10.30.0.1" });
  await settled();
  queries.answered({ ...table("old"), query_key: "10.30.0.1" });
  interests.updated("a.b.c.d", table("new"));
  expect(await asked).toEqual(table("new"));
  expect(learned.at(-1)).toEqual(table("new"));
  queries.stop();
});

test("the answer about a service of no interest any more is passed over", async () => {
  const { learned, queries, interests, settled } = scene();
  interests.want("a.b.c.d");
  await settled();
  interests.clear();
  queries.answered(table("old"));
  await settled();
  expect(learned).toEqual([]);
  queries.stop();
});
