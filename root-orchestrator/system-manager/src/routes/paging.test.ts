import fc from "fast-check";
import { expect, test } from "vitest";
import { createPaging } from "./paging.ts";

interface Thing {
  id: string;
  name?: string;
  size: number;
}

const paging = createPaging({ id: (thing: Thing) => thing.id, fields: ["name", "size"] });

/** Asks as a client does, and follows what the answer names as the next page. */
function ask(items: readonly Thing[], url: string) {
  const parameters = Object.fromEntries(new URL(url, "http://root").searchParams);
  const headers: Record<string, string> = {};
  const reply = {
    header: (name: string, value: unknown) => {
      headers[name] = String(value);
      return reply;
    },
  };
  const page = paging.page(
    { query: paging.query.parse(parameters), url },
    reply as unknown as Parameters<typeof paging.page>[1],
    items,
  );
  const next = /^<(.*)>; rel="next"$/.exec(headers["link"] ?? "")?.[1];
  return { page, next, total: Number(headers["x-total-count"]) };
}

function allPages(items: readonly Thing[], url: string): Thing[][] {
  const { page, next } = ask(items, url);
  return next === undefined ? [page] : [page, ...allPages(items, next)];
}

const things: Thing[] = [
  { id: "c", name: "x", size: 2 },
  { id: "a", name: "y", size: 10 },
  { id: "b", size: 2 },
];
const ids = (list: readonly Thing[]) => list.map(({ id }) => id).join("");

test("without parameters all items come, in their order", () => {
  expect(ask(things, "/things")).toEqual({ page: things, next: undefined, total: 3 });
});

test("what the list does not know is ignored", () => {
  expect(ids(ask(things, "/things?colour=red&id=a").page)).toBe("cab");
});

test.each([
  ["sort=size", "bca"],
  ["sort=-size", "abc"],
  ["sort=name", "bca"],
  ["sort=-name", "acb"],
])("%s orders by value, and equal ones by id", (query, expected) => {
  expect(ids(ask(things, `/things?${query}`).page)).toBe(expected);
});

test.each([
  ["size=2", "cb"],
  ["size=2&name=x", "c"],
  ["name=", "b"],
  ["name=$ne", ""],
])("%s lets through what is equal", (query, expected) => {
  const { page, total } = ask(things, `/things?${query}`);
  expect([ids(page), total]).toEqual([expected, expected.length]);
});

test.each([
  "limit=0",
  "limit=1001",
  "limit=x",
  "limit=1.5",
  "sort=id",
  "sort=",
  "cursor=",
  "cursor=x",
])("%s is refused", (query) => {
  expect(() => ask(things, `/things?${query}`)).toThrow();
});

test("a cursor of another order is refused", () => {
  const { next = "" } = ask(things, "/things?limit=1&sort=size");
  expect(() => ask(things, next.replace("sort=size", "sort=name"))).toThrow("another order");
});

test("the next page keeps what else was asked for", () => {
  const { next } = ask(things, "/things?size=2&limit=1&colour=red");
  expect(next).toMatch(/^\/things\?size=2&limit=1&colour=red&cursor=[\w-]+$/);
});

const anItem = fc.record(
  { id: fc.uuid(), name: fc.string({ maxLength: 2 }), size: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: ["id", "size"] },
);
const someItems = fc.uniqueArray(anItem, { selector: ({ id }) => id, maxLength: 30 });
const anOrder = fc.constantFrom("", "&sort=name", "&sort=-name", "&sort=size", "&sort=-size");

test("all pages together are the list, each item once", () => {
  fc.assert(
    fc.property(someItems, anOrder, fc.integer({ min: 1, max: 7 }), (items, order, limit) => {
      const pages = allPages(items, `/things?limit=${limit}${order}`);
      expect(pages.flat()).toEqual(ask(items, `/things?limit=1000${order}`).page);
      expect(
        pages
          .flat()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(items.map(({ id }) => id).toSorted());
    }),
  );
});

test("items that come and go between two pages neither repeat nor hide others", () => {
  fc.assert(
    fc.property(someItems, someItems, anOrder, (before, after, order) => {
      const first = ask(before, `/things?limit=3${order}`);
      fc.pre(first.next !== undefined);
      const gone = new Set(first.page.slice(0, 1));
      const stay = before.filter((item) => !gone.has(item));
      const rest = allPages([...after, ...stay], first.next ?? "").flat();
      for (const item of first.page) expect(rest).not.toContain(item);
      const unseen = stay.filter((item) => !first.page.includes(item));
      expect(rest).toEqual(expect.arrayContaining(unseen));
    }),
  );
});
