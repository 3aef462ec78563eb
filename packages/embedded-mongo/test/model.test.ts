import fc from "fast-check";
import {
  type Collection,
  type Document,
  type Filter,
  MongoServerError,
  type UpdateFilter,
} from "mongodb";
import { expect, test } from "vitest";
import { startHarness } from "./support/harness.ts";

/**
 * Random commands against the server and against a plain map that implements the same few
 * operators in the most obvious way. Values are integers and short arrays of them, so that the
 * model's rules fit on a page; types and paths are the matter of the conformance suite.
 */
interface Row {
  _id: number;
  a?: number | number[];
  b?: number;
}

type Test = { op: "$eq" | "$gt" | "$gte" | "$lt" | "$lte"; operand: number };
type Condition = { field: "_id" | "a" | "b"; tests: Test[] } | { field: "a" | "b"; in: number[] };

const small = fc.integer({ min: 0, max: 6 });
const fieldValue = fc.oneof(small, fc.array(small, { maxLength: 3 }));
const row: fc.Arbitrary<Omit<Row, "_id">> = fc.record(
  { a: fieldValue, b: small },
  { requiredKeys: [] },
);
const singleTest: fc.Arbitrary<Test> = fc.record({
  op: fc.constantFrom("$eq", "$gt", "$gte", "$lt", "$lte"),
  operand: small,
});
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    field: fc.constantFrom("_id", "a", "b"),
    tests: fc.uniqueArray(singleTest, { minLength: 1, maxLength: 2, selector: ({ op }) => op }),
  }),
  fc.record({ field: fc.constantFrom("a", "b"), in: fc.array(small, { maxLength: 3 }) }),
);
const conditions = fc.array(condition, { maxLength: 3 });

type Operation =
  | { kind: "insert"; _id: number; fields: Omit<Row, "_id"> }
  | { kind: "increment"; where: Condition[]; by: number }
  | { kind: "set"; where: Condition[]; a: number | number[] }
  | { kind: "unset"; where: Condition[] }
  | { kind: "delete"; where: Condition[] }
  | { kind: "find"; where: Condition[] };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("insert"), _id: small, fields: row }) },
  fc.record({
    kind: fc.constant("increment"),
    where: conditions,
    by: fc.integer({ min: -1, max: 1 }),
  }),
  fc.record({ kind: fc.constant("set"), where: conditions, a: fieldValue }),
  fc.record({ kind: fc.constant("unset"), where: conditions }),
  fc.record({
    kind: fc.constant("delete"),
    where: fc.array(condition, { minLength: 1, maxLength: 2 }),
  }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("find"), where: conditions }) },
) as fc.Arbitrary<Operation>;

const holds: Record<Test["op"], (value: number, operand: number) => boolean> = {
  $eq: (value, operand) => value === operand,
  $gt: (value, operand) => value > operand,
  $gte: (value, operand) => value >= operand,
  $lt: (value, operand) => value < operand,
  $lte: (value, operand) => value <= operand,
};

function matches(found: Row, where: readonly Condition[]): boolean {
  return where.every((item) => {
    const values = [found[item.field] ?? []].flat();
    return "in" in item
      ? values.some((value) => item.in.includes(value))
      : item.tests.every(({ op, operand }) => values.some((value) => holds[op](value, operand)));
  });
}

function toFilter(where: readonly Condition[]): Filter<Row> {
  const clauses = where.map((item) => ({
    [item.field]:
      "in" in item
        ? { $in: item.in }
        : Object.fromEntries(item.tests.map(({ op, operand }) => [op, operand])),
  }));
  return (clauses.length === 0 ? {} : { $and: clauses }) as Filter<Row>;
}

class Model {
  readonly rows = new Map<number, Row>();
  readonly isUnique: boolean;

  constructor(isUnique: boolean) {
    this.isUnique = isUnique;
  }

  selected(where: readonly Condition[]): Row[] {
    return [...this.rows.values()].filter((found) => matches(found, where));
  }

  /** A missing field is a key of its own in a unique index: null. */
  private isTaken(candidate: Row): boolean {
    const key = candidate.b ?? null;
    const others = [...this.rows.values()].filter(({ _id }) => _id !== candidate._id);
    return this.isUnique && others.some((other) => (other.b ?? null) === key);
  }

  /** @returns false if the server has to refuse the change */
  put(next: Row): boolean {
    if (this.isTaken(next)) return false;
    this.rows.set(next._id, next);
    return true;
  }
}

async function isDone(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === 11000) return false;
    throw error;
  }
}

function changed(found: Row, op: Operation): Row {
  if (op.kind === "increment") return { ...found, b: (found.b ?? 0) + op.by };
  if (op.kind === "set") return { ...found, a: op.a };
  const { a: _removed, ...rest } = found;
  return rest;
}

function updateOf(op: Operation): UpdateFilter<Row> {
  if (op.kind === "increment") return { $inc: { b: op.by } };
  if (op.kind === "set") return { $set: { a: op.a } };
  return { $unset: { a: "" } };
}

async function run(c: Collection<Row>, model: Model, op: Operation): Promise<void> {
  if (op.kind === "insert") {
    const next = { _id: op._id, ...op.fields };
    const isExpected = !model.rows.has(op._id) && model.put(next);
    expect(await isDone(c.insertOne({ ...next }))).toBe(isExpected);
    return;
  }
  const filter = toFilter(op.where);
  if (op.kind === "find") {
    const expected = model.selected(op.where).toSorted((x, y) => x._id - y._id);
    expect(await c.find(filter).sort({ _id: 1 }).toArray()).toEqual(expected);
    expect(await c.countDocuments(filter)).toBe(expected.length);
    return;
  }
  if (op.kind === "delete") {
    const doomed = model.selected(op.where);
    expect((await c.deleteMany(filter)).deletedCount).toBe(doomed.length);
    for (const { _id } of doomed) model.rows.delete(_id);
    return;
  }
  // One by one in the order of the ids, as a refused document stops an updateMany.
  for (const found of model.selected(op.where).toSorted((x, y) => x._id - y._id)) {
    const isExpected = model.put(changed(found, op));
    expect(await isDone(c.updateOne({ _id: found._id }, updateOf(op)))).toBe(isExpected);
  }
}

test.each<{ name: string; indexes: { key: Document; unique: boolean }[] }>([
  { name: "no index", indexes: [] },
  {
    name: "single indexes",
    indexes: [
      { key: { a: 1 }, unique: false },
      { key: { b: -1 }, unique: false },
    ],
  },
  {
    name: "compound indexes",
    indexes: [
      { key: { b: 1, a: 1 }, unique: false },
      { key: { a: 1, b: 1 }, unique: false },
    ],
  },
  {
    name: "a unique index",
    indexes: [
      { key: { b: 1 }, unique: true },
      { key: { a: 1 }, unique: false },
    ],
  },
])("random commands have the effect that a plain map has, with $name", async ({ indexes }) => {
  const { db } = await startHarness();
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
      const c = db.collection<Row>(`c${round++}`);
      for (const { key, unique } of indexes) await c.createIndex(key as never, { unique });
      const model = new Model(indexes.some(({ unique }) => unique));
      for (const op of operations) await run(c, model, op);
      const all = await c.find().sort({ _id: 1 }).toArray();
      expect(all).toEqual([...model.rows.values()].toSorted((x, y) => x._id - y._id));
    }),
    { numRuns: 25 },
  );
});
