import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadNodeId, readMachineIdentity } from "./node-identity.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-identity-"));
});
afterEach(() => rm(folder, { recursive: true }));

const makeId = () => "a1".repeat(12);

test("the id is made once and found again", async () => {
  const state = path.join(folder, "state");

  const first = await loadNodeId(state, makeId);
  const second = await loadNodeId(state, () => "b2".repeat(12));

  expect([first, second]).toEqual([makeId(), makeId()]);
});

test("a file that holds no id is an error, and no reason for a new id", async () => {
  await writeFile(path.join(folder, "node-id"), "not an id");

  await expect(loadNodeId(folder, makeId)).rejects.toThrow(/24 hex/);
});

test("machine and boot ids are read where there are any", async () => {
  await mkdir(path.join(folder, "etc"));
  await writeFile(path.join(folder, "etc/machine-id"), "0123456789abcdef\n");

  expect(await readMachineIdentity(folder)).toEqual({ machineId: "0123456789abcdef" });
  expect((await readMachineIdentity()).bootId).toMatch(/^[0-9a-f-]{36}$/);
});
