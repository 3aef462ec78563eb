import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCgroupReader } from "./cgroup.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-cgroup-"));
});
afterEach(() => rm(folder, { recursive: true }));

const reader = () =>
  createCgroupReader({ root: path.join(folder, "cgroup"), procRoot: path.join(folder, "proc") });

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

const v1Memory = {
  "memory.usage_in_bytes": "10485760\n",
  "memory.stat":
    "cache 4194304\ninactive_file 111\ntotal_cache 4194304\ntotal_inactive_file 2097152\n",
};
const v2Group = {
  "cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n",
  "memory.current": "8388608\n",
  "memory.stat": "anon 4194304\nfile 4194304\ninactive_file 1048576\n",
};
const within = (prefix: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}/${name}`, text]));

async function figuresOf(container: { id: string; pid?: number }) {
  const location = await reader().locate(container);
  return location && reader().read(location);
}

test("version 1 with the cgroupfs driver is found by the id", async () => {
  await write({
    "cgroup/cpuacct/docker/abc/cpuacct.usage": "2500000000\n",
    ...within("cgroup/memory/docker/abc", v1Memory),
  });

  expect(await figuresOf({ id: "abc" })).toEqual({ cpuNs: 2_500_000_000, memoryBytes: 8_388_608 });
});

test("version 1 with the systemd driver is found by the id", async () => {
  await write({
    "cgroup/cpuacct/system.slice/docker-abc.scope/cpuacct.usage": "7\n",
    ...within("cgroup/memory/system.slice/docker-abc.scope", v1Memory),
  });

  expect(await figuresOf({ id: "abc" })).toEqual({ cpuNs: 7, memoryBytes: 8_388_608 });
});

test.each(["docker/abc", "system.slice/docker-abc.scope"])(
  "version 2 is found by the id in %s",
  async (inner) => {
    await write(within(`cgroup/${inner}`, v2Group));

    expect(await figuresOf({ id: "abc" })).toEqual({
      cpuNs: 1_500_000_000,
      memoryBytes: 7_340_032,
    });
  },
);

test("an unusual parent of version 2 is found by the process", async () => {
  await write({
    "proc/42/cgroup": "0::/machine/nested/abc\n",
    ...within("cgroup/machine/nested/abc", v2Group),
  });

  expect(await figuresOf({ id: "abc", pid: 42 })).toMatchObject({ cpuNs: 1_500_000_000 });
});

test("an unusual parent of version 1 is found by the process", async () => {
  await write({
    "proc/42/cgroup": "9:name=systemd:/x\n4:memory:/deep/abc\n2:cpu,cpuacct:/deep/abc\n0::/\n",
    "cgroup/cpuacct/deep/abc/cpuacct.usage": "5\n",
    ...within("cgroup/memory/deep/abc", v1Memory),
  });

  expect(await figuresOf({ id: "abc", pid: 42 })).toMatchObject({ cpuNs: 5 });
});

test("a container that has ended has no figures", async () => {
  await write({ "proc/1/cgroup": "0::/init\n" });

  expect(await reader().locate({ id: "abc", pid: 42 })).toBeUndefined();
  expect(await reader().read({ version: 2, folder: path.join(folder, "gone") })).toBeUndefined();
});
