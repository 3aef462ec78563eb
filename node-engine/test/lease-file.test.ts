import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { InstanceKey } from "@oak/contracts";
import { createSilentLogger } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLeaseFile } from "../src/store/lease-file.ts";
import { aJobId } from "./builders.ts";

const key: InstanceKey = `${aJobId}/0`;
const lease = { key, ttlMs: 10_000, sentMs: 123_450 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-leases-"));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (bootId: string | undefined = "boot-1") =>
  createLeaseFile({ folder, bootId, logger: createSilentLogger() });

test("the next agent of the same boot finds what was saved", async () => {
  await open().save([{ key, ttlMs: 10_000 }]);
  await open().save([lease]);

  expect(await open().load()).toEqual([lease]);
  expect((await stat(path.join(folder, "leases.json"))).mode & 0o777).toBe(0o600);
});

test("after another boot nothing was heard yet", async () => {
  await open().save([lease]);

  expect(await open("boot-2").load()).toEqual([{ key, ttlMs: 10_000 }]);
});

test("where the boot is not known nothing was heard yet", async () => {
  const anywhere = () =>
    createLeaseFile({ folder, bootId: undefined, logger: createSilentLogger() });
  await anywhere().save([lease]);

  expect(await anywhere().load()).toEqual([{ key, ttlMs: 10_000 }]);
});

test("without leases there is no file", async () => {
  const file = open();
  expect(await file.load()).toEqual([]);
  await file.save([lease]);

  await file.save([]);

  expect(await readdir(folder)).toEqual([]);
});

test("saves take effect in their order", async () => {
  const file = open();
  await Promise.all([1, 2, 3].map((sentMs) => file.save([{ ...lease, sentMs }])));

  const stored = JSON.parse(await readFile(path.join(folder, "leases.json"), "utf8"));
  expect(stored.leases).toEqual([{ key, ttl_ms: 10_000, sent_ms: 3 }]);
});

test("a file that cannot be read holds nothing", async () => {
  await writeFile(path.join(folder, "leases.json"), '{"boot_id": "boot-1", "lea');

  expect(await open().load()).toEqual([]);
});
