import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../../scripts/worker-archive.mjs", import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-archive-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function makeArchive(name: string): Promise<string> {
  const { stdout } = await run(process.execPath, [script, "--out", path.join(folder, name)]);
  return stdout.trim();
}

async function filesBelow(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name).slice(root.length))
    .toSorted();
}

test("the same sources make the same archive", async () => {
  const [first, second] = [await makeArchive("one"), await makeArchive("two")];
  expect(path.basename(first)).toMatch(/^oak-worker_\d+\.\d+\.\d+_(amd64|arm64)\.tar\.gz$/);
  expect((await readFile(first)).equals(await readFile(second))).toBe(true);
}, 60_000);

test("an archive puts a worker into a root folder, and takes it out of it again", async () => {
  await run("tar", ["-xzf", await makeArchive("made"), "-C", folder, "--strip-components", "1"]);
  const root = path.join(folder, "root");
  await mkdir(path.join(root, "etc"), { recursive: true });
  await writeFile(path.join(root, "etc/os-release"), "ID=debian\n");
  const installer = path.join(folder, "install-worker.sh");

  await run(installer, ["--root", root, "--cluster", "10.0.0.7", "--join-secret", "with-this"]);
  const files = await filesBelow(root);
  for (const file of ["/opt/oak/node-engine/main.js", "/etc/systemd/system/nodeengine.service"]) {
    expect(files).toContain(file);
  }
  expect(await readFile(path.join(root, "etc/oakestra/worker.env"), "utf8")).toContain(
    "OAK_CLUSTER_ADDRESS=10.0.0.7\nOAK_CLUSTER_PORT=10100\nOAK_WORKER_JOIN_SECRET=with-this\n",
  );

  await run(installer, ["--root", root, "--uninstall"]);
  expect(await filesBelow(root)).toEqual(["/etc/os-release"]);
}, 60_000);
