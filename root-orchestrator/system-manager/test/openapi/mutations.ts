/** JSON Schema, as far as it is broken here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

/** A value that was good until one thing was changed. */
export interface Mutation {
  what: string;
  value: unknown;
}

type Schemas = Readonly<Record<string, object>>;

const deepest = 5;
/** Longer texts would only test how large a body may be, which is a test of its own. */
const longestText = 200_000;

/** Everything in which a good value can be wrong by its schema; whether it is wrong then, the schema tells. */
export function brokenFrom(good: unknown, schema: Schema, schemas: Schemas, depth = 0): Mutation[] {
  const own = resolved(schema, schemas);
  if (depth > deepest) return [];
  const inside =
    Array.isArray(good) || typeof good === "object" ? partsOf(good, own, schemas, depth) : [];
  return [...wrongKinds(own), ...wrongScalars(good, own), ...wrongObjects(good, own), ...inside];
}

function resolved(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref === undefined) {
    const [choice] = (schema.anyOf ?? []).filter(({ type }) => type !== "null");
    return choice === undefined ? schema : resolved(choice, schemas);
  }
  return resolved((schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}) as Schema, schemas);
}

function wrongKinds({ type }: Schema): Mutation[] {
  if (type === undefined) return [];
  return [null, "text", 1.5, true, [], {}].map((value) => ({
    what: `is ${JSON.stringify(value)}`,
    value,
  }));
}

function wrongScalars(good: unknown, schema: Schema): Mutation[] {
  const { minimum, maximum, minLength, maxLength = Infinity, pattern } = schema;
  const mutations: Mutation[] = [];
  const add = (what: string, value: unknown) => mutations.push({ what, value });
  if (minimum !== undefined) add("is too small", minimum - 1);
  if (maximum !== undefined) add("is too large", maximum * 2 + 1);
  if (schema.enum !== undefined || schema.const !== undefined)
    add("is no choice", "no such choice");
  if (minLength) add("is too short", "");
  if (maxLength < longestText) add("is too long", "x".repeat(maxLength + 1));
  if (pattern !== undefined) add("has another form", `${String(good)}\n/?`);
  return mutations;
}

function wrongObjects(good: unknown, { required, additionalProperties }: Schema): Mutation[] {
  if (typeof good !== "object" || good === null || Array.isArray(good)) return [];
  const missing = (required ?? []).map((key) => {
    const { [key]: _gone, ...value } = good as Record<string, unknown>;
    return { what: `has no ${key}`, value };
  });
  const closed = additionalProperties === false;
  return closed ? [...missing, { what: "has more", value: { ...good, no_such_key: 1 } }] : missing;
}

/** The same one level further in. */
function partsOf(good: unknown, schema: Schema, schemas: Schemas, depth: number): Mutation[] {
  if (Array.isArray(good)) {
    if (schema.items === undefined || good.length === 0) return [];
    const [first, ...rest] = good;
    return brokenFrom(first, schema.items, schemas, depth + 1).map(({ what, value }) => ({
      what: `/0 ${what}`,
      value: [value, ...rest],
    }));
  }
  const object = (good ?? {}) as Record<string, unknown>;
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    brokenFrom(object[key], property, schemas, depth + 1).map(({ what, value }) => ({
      what: `/${key} ${what}`,
      value: { ...object, [key]: value },
    })),
  );
}

const operators: unknown[] = [
  { $gt: "" },
  { $ne: null },
  { $where: "while(true);" },
  { $regex: ".*" },
  ["$in"],
  "\u0000",
  "../../etc/passwd",
  "x".repeat(100_000),
  1e308,
  -0.1,
  Number.MAX_SAFE_INTEGER,
  { constructor: "x", toString: 1, length: -1 },
];

/** Bodies as attackers send them, as text: what JSON.stringify would not write among them. */
export function hostileBodies(good: unknown): Mutation[] {
  const object = typeof good === "object" && good !== null && !Array.isArray(good) ? good : {};
  const inFields = Object.keys(object).flatMap((key) =>
    operators.map((value) => ({
      what: `/${key} is hostile`,
      value: JSON.stringify({ ...object, [key]: value }),
    })),
  );
  const text = JSON.stringify(object).slice(1);
  const comma = text === "}" ? "" : ",";
  const whole = [
    `{"__proto__":{"isAdmin":true}${comma}${text}`,
    `{"constructor":{"prototype":{"isAdmin":true}}${comma}${text}`,
    `{"$where":"1"${comma}${text}`,
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    '{"a":'.repeat(5_000),
    "{",
    "\u0000",
    "[]",
    '"text"',
    "1e999",
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key${n}`, n]))),
  ].map((value) => ({ what: value.slice(0, 30), value }));
  return [...whole, ...inFields];
}

export const hostilePathParts: readonly string[] = [
  "%00",
  "%2e%2e%2fetc",
  "__proto__",
  "constructor",
  "%7B%22%24gt%22%3A%22%22%7D",
  "%F0%9F%92%A9",
  "x".repeat(200),
  "x".repeat(3_000),
  "-1",
  "1e400",
  "%E0%A4%A",
];

export const hostileQueries: readonly string[] = [
  "limit=0",
  "limit=-1",
  "limit=1e9",
  "limit[]=1&limit[$gt]=",
  "limit=1&limit=2",
  "cursor=AAAA",
  "cursor=W10",
  `cursor=${Buffer.from('["","x",{"$gt":""}]').toString("base64url")}`,
  "sort=__proto__",
  "sort=-constructor",
  "__proto__[isAdmin]=1&constructor=x",
  `name=${"x".repeat(5_000)}`,
  "%00=%00&=&&&=",
  "since=NaN&wait=1e999&session=-1",
];
