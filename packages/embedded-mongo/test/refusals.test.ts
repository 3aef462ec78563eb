import type { Document } from "mongodb";
import { Code } from "mongodb";
import { expect, test } from "vitest";
import { supported } from "../src/index.ts";
import { startHarness } from "./support/harness.ts";

const refused = (name: RegExp) => ({ code: 2, message: expect.stringMatching(name) });

test.each([
  { filter: { $where: "true" }, names: /\$where/ },
  { filter: { $where: new Code("function() { return true; }") }, names: /\$where/ },
  { filter: { a: { $elemMatch: { $where: "1" } } }, names: /\$where/ },
  { filter: { $and: [{ a: 1 }, { $where: "true" }] }, names: /\$where/ },
  { filter: { $expr: { $function: { body: "f", args: [], lang: "js" } } }, names: /\$function/ },
  { filter: { $expr: { $gt: ["$a", 1] } }, names: /\$expr/ },
  { filter: { $jsonSchema: {} }, names: /\$jsonSchema/ },
  { filter: { $nor: [{ a: 1 }] }, names: /\$nor/ },
  { filter: { $text: { $search: "a" } }, names: /\$text/ },
  { filter: { a: { $regex: "^a" } }, names: /\$regex/ },
  { filter: { a: /^a/ }, names: /regex/ },
  { filter: { a: { $in: [/^a/] } }, names: /regular expression/ },
  { filter: { a: { $type: "string" } }, names: /\$type/ },
  { filter: { a: { $mod: [2, 0] } }, names: /\$mod/ },
  { filter: { a: { $gt: 1, $near: 2 } }, names: /\$near/ },
  { filter: { a: { $gt: 1, plain: 2 } }, names: /plain/ },
  { filter: { a: { $elemMatch: { b: { $size: 1 } } } }, names: /\$size/ },
  { filter: { "a.__proto__.b": 1 }, names: /__proto__/ },
  { filter: { "a..b": 1 }, names: /a\.\.b/ },
])("the filter $filter is refused with 2 and a name", async ({ filter, names }) => {
  const { db } = await startHarness();
  const c = db.collection("c");
  await c.insertOne({ a: 1 });
  await expect(c.find(filter as Document).toArray()).rejects.toMatchObject(refused(names));
  await expect(c.deleteMany(filter as Document)).rejects.toMatchObject(refused(names));
  expect(await c.countDocuments()).toBe(1);
});

test.each([
  { update: { $rename: { a: "b" } }, names: /\$rename/ },
  { update: { $mul: { a: 2 } }, names: /\$mul/ },
  { update: { $currentDate: { a: true } }, names: /\$currentDate/ },
  { update: { $push: { l: { $each: [1], $sort: 1 } } }, names: /\$sort/ },
  { update: { $push: { l: { $position: 1, $each: [1] } } }, names: /\$position/ },
  { update: { $push: { l: { $each: 1 } } }, names: /\$each/ },
  { update: { $set: { "l.$": 1 } }, names: /l\.\$/ },
  { update: { $set: { "l.$[].x": 1 } }, names: /l\.\$\[\]/ },
  { update: { $set: { "__proto__.x": 1 } }, names: /__proto__/ },
  { update: { $pull: { l: { $regex: "a" } } }, names: /\$regex/ },
  { update: [{ $set: { a: 1 } }], names: /pipeline/ },
])("the update $update is refused with 2 and a name", async ({ update, names }) => {
  const { db } = await startHarness();
  const c = db.collection("c");
  await c.insertOne({ _id: 1 as never, a: 1, l: [1] });
  await expect(c.updateOne({}, update as Document)).rejects.toMatchObject(refused(names));
  expect(await c.findOne({})).toEqual({ _id: 1, a: 1, l: [1] });
});

test.each([
  { name: "collation", run: { find: "c", collation: { locale: "de" } } },
  { name: "hint", run: { find: "c", hint: "a_1" } },
  { name: "tailable", run: { find: "c", tailable: true } },
  { name: "let", run: { find: "c", let: { a: 1 } } },
  { name: "capped", run: { create: "c", capped: true } },
  { name: "expireAfterSeconds", run: index({ expireAfterSeconds: 5 }) },
  { name: "partialFilterExpression", run: index({ partialFilterExpression: { a: 1 } }) },
  { name: "arrayFilters", run: { update: "c", updates: [{ q: {}, u: {}, arrayFilters: [{}] }] } },
])("the option $name is refused, not ignored", async ({ name, run }) => {
  const { db } = await startHarness();
  const reply = db.command(run).then((answer) => answer["writeErrors"]?.[0] ?? answer);
  const outcome = await reply.catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: 2 });
  expect(JSON.stringify(outcome)).toContain(name);
});

function index(options: Document): Document {
  return { createIndexes: "c", indexes: [{ key: { a: 1 }, name: "a_1", ...options }] };
}

test.each([
  { key: { a: "text" } },
  { key: { a: "2dsphere" } },
  { key: { "a.$**": 1 } },
  { key: {} },
])("an index on $key is refused", async ({ key }) => {
  const { db } = await startHarness();
  const run = { createIndexes: "c", indexes: [{ key, name: "x" }] };
  await expect(db.command(run)).rejects.toMatchObject({ ok: 0 });
});

test.each([
  { projection: { a: { $slice: 1 } } },
  { projection: { "a.$": 1 } },
  { projection: { a: "$b" } },
  { projection: { a: 1, b: 0 } },
])("the projection $projection is refused with 2", async ({ projection }) => {
  const { db } = await startHarness();
  await expect(db.collection("c").findOne({}, { projection })).rejects.toMatchObject({ code: 2 });
});

test.each([
  "serverStatus",
  "distinct",
  "mapReduce",
  "saslStart",
  "shutdown",
  "toString",
  "__proto__",
])("the command %s is unknown: 59", async (name) => {
  const { db } = await startHarness();
  const command = JSON.parse(`{ "${name}": 1 }`) as Document;
  await expect(db.command(command)).rejects.toMatchObject({
    code: 59,
    codeName: "CommandNotFound",
    message: `no such command: '${name}'`,
  });
});

test("an aggregation other than a count is refused", async () => {
  const { db } = await startHarness();
  const stages = [{ $match: {} }, { $group: { _id: "$a" } }];
  await expect(db.collection("c").aggregate(stages).toArray()).rejects.toMatchObject({ code: 2 });
  const lookup = [{ $lookup: { from: "x" } }, { $group: { _id: 1, n: { $sum: 1 } } }];
  await expect(db.collection("c").aggregate(lookup).toArray()).rejects.toMatchObject({ code: 2 });
});

test("a transaction is refused by the driver, for there are no sessions", async () => {
  const { client, db } = await startHarness();
  const session = client.startSession();
  await expect(db.collection("c").insertOne({}, { session })).rejects.toThrow(/sessions/);
  await session.endSession();
});

test("documents and filters nested too deeply are refused", async () => {
  const { db, logs } = await startHarness();
  let deep: Document = {};
  for (let level = 0; level < 150; level++) deep = { deep };
  const c = db.collection("c");
  await expect(c.insertOne({ ...deep })).rejects.toMatchObject({ code: 2 });
  await expect(c.updateOne({}, { $set: { deep } }, { upsert: true })).rejects.toMatchObject({
    code: 2,
  });
  await expect(c.find({ deep }).toArray()).rejects.toMatchObject({ code: 2 });
  expect(logs.filter(({ level }) => level === "error")).toEqual([]);
});

test("a document above 16 MB is refused", async () => {
  const { db } = await startHarness();
  const half = "x".repeat(9 * 1024 * 1024);
  const c = db.collection("c");
  await c.insertOne({ half });
  await expect(c.updateOne({}, { $set: { other: half } })).rejects.toMatchObject({ code: 10334 });
});

test("every command is reported to onCommand, with its body", async () => {
  const seen: { name: string; body: Readonly<Document> }[] = [];
  const { db } = await startHarness({ onCommand: (name, body) => seen.push({ name, body }) });
  await db.collection("c").updateOne({ a: 1 }, { $set: { b: 2 } }, { upsert: true });
  await db.command({ nonsense: 1 }).catch(() => undefined);
  const update = seen.find(({ name }) => name === "update");
  expect(update?.body).toMatchObject({ update: "c", $db: "test", updates: [{ q: { a: 1 } }] });
  const unknown = seen.map(({ name }) => name).filter((name) => !supported.commands.includes(name));
  expect(unknown).toEqual(["nonsense"]);
});
