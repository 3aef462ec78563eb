import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeSocketFile } from "../src/http/remove-socket-file.ts";

const load = createRequire(import.meta.url);

async function aFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "oak-socket-file-")));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function listenAt(path: string): Promise<void> {
  const server = createServer().listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
}

test("modules behind symbolic links are found after a socket file was removed", async () => {
  const folder = await aFolder();
  const file = join(folder, "real", "module.cjs");
  await mkdir(join(folder, "real"));
  await writeFile(file, "module.exports = __filename;");
  await symlink(join(folder, "real"), join(folder, "link"));
  expect(load(file)).toBe(file);
  const path = join(folder, "x.sock");
  await listenAt(path);
  await removeSocketFile(path);
  expect(load(join(folder, "link", "module.cjs"))).toBe(file);
});

test("a socket file that is gone already is no error", async () => {
  const path = join(await aFolder(), "x.sock");
  await listenAt(path);
  await removeSocketFile(path);
  await removeSocketFile(path);
  expect(existsSync(path)).toBe(false);
});
