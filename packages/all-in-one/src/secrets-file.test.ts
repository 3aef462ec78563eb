import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSecrets } from "./secrets-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "oak-secrets-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("secrets are made once, for the owner's eyes", async () => {
  const first = await loadSecrets(folder);
  expect(await loadSecrets(folder)).toEqual(first);
  expect(new Set(Object.values(first)).size).toBe(4);
  expect((await stat(join(folder, "secrets.json"))).mode & 0o777).toBe(0o600);
});

test("a broken file is an error, not a reason for new secrets", async () => {
  await writeFile(join(folder, "secrets.json"), "{");
  await expect(loadSecrets(folder)).rejects.toThrow();
});
