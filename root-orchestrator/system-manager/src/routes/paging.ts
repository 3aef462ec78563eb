import type { FastifyReply } from "fastify";
import { z } from "zod";
import { errors } from "../errors.ts";

/** What a list can be sorted and filtered by. */
type Scalar = string | number | boolean;

/** Keys of an item whose values are scalars, or absent. */
type ScalarKey<Item> = {
  [Key in keyof Item & string]: NonNullable<Item[Key]> extends Scalar ? Key : never;
}[keyof Item & string];

export interface PagingOptions<Item, Field extends string> {
  /** Unique among the items; orders those that are equal otherwise. */
  id(item: Item): string;
  /** What callers may sort and filter by; nothing else ever reaches a comparison. */
  fields: readonly Field[];
  /** Where a field is no key of the item itself. */
  read?(item: Item, field: Field): Scalar | null | undefined;
}

/** A list as it was asked for: `?limit&cursor&sort&<field>=value`. */
export type ListQuery<Field extends string = string> = {
  limit?: number | undefined;
  cursor?: string | undefined;
  sort?: string | undefined;
} & { [Key in Field]?: string | undefined };

export interface Paging<Item, Field extends string> {
  /** For the `querystring` of the route's schema; may be extended. */
  query: z.ZodObject<PagingShape & Record<Field, z.ZodOptional<z.ZodString>>>;
  /**
   * The part of `items` that the request asked for; the reply gets `x-total-count` (of all pages) and, when there is
   * more, `Link: <…>; rel="next"`. Without parameters these are all items, in the order in which they came.
   * @throws AppError invalid_input for a cursor that is none, or that belongs to another order
   */
  page(asked: Asked<Field>, reply: FastifyReply, items: readonly Item[]): Item[];
}

interface Asked<Field extends string> {
  query: ListQuery<Field>;
  /** as it came, since the address of the next page keeps what else was asked for */
  url: string;
}

const longestPage = 1000;
const longestText = 1024;

const pagingShape = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(longestPage)
    .optional()
    .describe("most items of one answer; absent: all"),
  cursor: z
    .string()
    .min(1)
    .max(longestText)
    .optional()
    .describe("where the page before ended, from the `Link` header of that answer"),
  sort: z.string().optional(),
};
type PagingShape = typeof pagingShape;

/** Where a page ended: the order, and the value and id of its last item. */
const Cursor = z.tuple([
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
  z.string(),
]);
type Cursor = z.infer<typeof Cursor>;

/**
 * Pages, filters and sorts a list. A page goes on behind the last item that was seen and not at a position, so that
 * items that come and go meanwhile neither repeat nor hide others.
 */
export function createPaging<Item extends object, Field extends string = ScalarKey<Item>>(
  options: PagingOptions<Item, Field>,
): Paging<Item, Field> {
  const orders = options.fields.flatMap((field) => [field, `-${field}`]);
  const filters = Object.fromEntries(
    options.fields.map((field) => [
      field,
      z.string().max(longestText).optional().describe(`only those whose ${field} is exactly this`),
    ]),
  ) as Record<Field, z.ZodOptional<z.ZodString>>;
  const query = z.object({
    ...pagingShape,
    sort: z.enum(orders).optional().describe("ascending by a field, or descending with -"),
    ...filters,
  }) as unknown as Paging<Item, Field>["query"];
  const read = options.read ?? ((item: Item, field: Field) => Reflect.get(item, field) as Scalar);

  const filtered = (items: readonly Item[], wanted: ListQuery<Field>): readonly Item[] =>
    options.fields.reduce<readonly Item[]>((left, field) => {
      const value = wanted[field];
      return value === undefined
        ? left
        : left.filter((item) => String(read(item, field) ?? "") === value);
    }, items);

  const cursorOf = (item: Item, sort: string): Cursor => {
    const field = sort.replace(/^-/, "") as Field;
    return [sort, sort === "" ? null : (read(item, field) ?? null), options.id(item)];
  };

  /** A list that comes again as the same object is in the same order again. */
  const known = new WeakMap<readonly Item[], Map<string, Placed<Item>[]>>();
  const ordered = (items: readonly Item[], sort: string): Placed<Item>[] => {
    const orders = known.get(items) ?? new Map<string, Placed<Item>[]>();
    known.set(items, orders);
    const found =
      orders.get(sort) ??
      items
        .map((item) => ({ item, place: cursorOf(item, sort) }))
        .toSorted((one, other) => compare(one.place, other.place));
    orders.set(sort, found);
    return found;
  };

  return {
    query,
    page: ({ query: asked, url }, reply, items) => {
      const matching = filtered(items, asked);
      reply.header("x-total-count", matching.length);
      const { limit, sort = "" } = asked;
      const after = asked.cursor === undefined ? undefined : readCursor(asked.cursor, sort);
      if (limit === undefined && sort === "" && after === undefined) return [...matching];
      const all = ordered(matching, sort);
      const start = after === undefined ? 0 : firstBehind(all, after);
      const end = Math.min(all.length, start + (limit ?? all.length));
      const page = all.slice(start, end);
      const last = page.at(-1);
      if (last !== undefined && end < all.length) {
        reply.header("link", `<${nextAddress(url, last.place)}>; rel="next"`);
      }
      return page.map(({ item }) => item);
    },
  };
}

interface Placed<Item> {
  item: Item;
  place: Cursor;
}

/** Index of the first one whose place is behind the cursor, by halving. */
function firstBehind(all: readonly Placed<unknown>[], after: Cursor): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const placed = all[middle];
    if (placed !== undefined && compare(placed.place, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By value in the cursor's direction, then by id. */
function compare(one: Cursor, other: Cursor): number {
  const byValue = compareScalars(one[1], other[1]);
  if (byValue !== 0) return one[0].startsWith("-") ? -byValue : byValue;
  return compareScalars(one[2], other[2]);
}

/** What is absent comes first; what cannot be compared is ordered by its type. */
function compareScalars(one: Scalar | null, other: Scalar | null): number {
  if (one === other) return 0;
  if (one === null) return -1;
  if (other === null) return 1;
  if (typeof one !== typeof other) return typeof one < typeof other ? -1 : 1;
  return one < other ? -1 : 1;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

function readCursor(text: string, sort: string): Cursor {
  const cursor = Cursor.safeParse(parsed(Buffer.from(text, "base64url").toString())).data;
  if (cursor?.[0] === sort) return cursor;
  const message = cursor === undefined ? "is no cursor of this list" : "belongs to another order";
  throw errors.invalid_input({
    detail: `/cursor ${message}`,
    faults: [{ pointer: "/cursor", message, in: "query" }],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Relative, since only the caller knows under which name it reached us. */
function nextAddress(url: string, place: Cursor): string {
  const [path = "", search = ""] = url.split("?", 2);
  const parameters = new URLSearchParams(search);
  parameters.set("cursor", writeCursor(place));
  return `${path}?${parameters}`;
}
