import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSilentLogger } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileStore } from "../src/store/file-store.ts";
import { freshLocalState, type InstanceRecord } from "../src/store/instance-record.ts";
import { type AssignmentOverrides, aJobId, anAssignment } from "./builders.ts";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "oak-store-"));
  folder = path.join(root, "instances");
});
afterEach(() => rm(root, { recursive: true }));

const open = () => createFileStore({ folder, logger: createSilentLogger() });
const aRecord = (overrides?: AssignmentOverrides): InstanceRecord => ({
  ...anAssignment(overrides),
  local: freshLocalState,
});

test("records are found again by the next engine", async () => {
  const store = open();
  await store.load();
  const records = [
    aRecord({ job: { port: "80:80", environment: ["A=b"] } }),
    aRecord({ instance_number: 1, wanted: false }),
  ];
  for (const record of records) await store.save(record);

  expect(await open().load()).toEqual({ records, unreadable: [] });
});

test("a record is one readable file, and nothing is left beside it", async () => {
  const store = open();
  await store.load();
  await store.save(aRecord());
  await store.save(aRecord({ epoch: 2 }));

  expect(await readdir(folder)).toEqual([`${aJobId}-0.json`]);
  const text = await readFile(path.join(folder, `${aJobId}-0.json`), "utf8");
  expect(JSON.parse(text)).toMatchObject({ epoch: 2, wanted: true });
  expect(text.split("\n").length).toBeGreaterThan(10);
});

test("a removed record does not come back, and removing again is success", async () => {
  const store = open();
  await store.load();
  await store.save(aRecord());

  await store.remove(aRecord().key);
  await store.remove(aRecord().key);

  expect(await open().load()).toEqual({ records: [], unreadable: [] });
});

test.each([
  ["half a record", '{"key":'],
  ["a record with a wrong type", JSON.stringify({ ...aRecord(), epoch: "1" })],
  ["the record of another instance", JSON.stringify(aRecord({ instance_number: 7 }))],
])("%s is set aside and harms no other", async (_, text) => {
  const store = open();
  await store.load();
  const healthy = aRecord({ instance_number: 1 });
  await store.save(healthy);
  const file = path.join(folder, `${aJobId}-0.json`);
  await writeFile(file, text);

  const loaded = { records: [healthy], unreadable: [`${aJobId}/0`] };
  expect(await open().load()).toEqual(loaded);
  expect(await readFile(`${file}.corrupt`, "utf8")).toBe(text);
  // It stays known as unreadable over further starts, until it is written anew.
  expect(await open().load()).toEqual(loaded);
  await store.save(aRecord());
  expect((await open().load()).unreadable).toEqual([]);
});

test("a write that was cut off leaves the record as it was", async () => {
  const store = open();
  await store.load();
  await store.save(aRecord());
  await writeFile(path.join(folder, `${aJobId}-0.json.tmp`), '{"key"');

  expect(await open().load()).toEqual({ records: [aRecord()], unreadable: [] });
});
