import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { createHostReader, firstAddress, toGoArch } from "./host-reader.ts";

const noGpus = { read: async () => undefined };
const address = (ip: string, internal = false) => [
  { address: ip, family: "IPv4" as const, internal, netmask: "", mac: "", cidr: null },
];

test("figures come from the kernel's files, CPU as the change since the look before", async () => {
  const procRoot = await mkdtemp(path.join(tmpdir(), "oak-proc-"));
  const meminfo = "MemTotal:        4194304 kB\nMemFree: 1 kB\nMemAvailable:    1048576 kB\n";
  await writeFile(path.join(procRoot, "meminfo"), meminfo);
  await writeFile(path.join(procRoot, "stat"), "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n");
  const reader = createHostReader({ gpus: noGpus, procRoot });

  const first = await reader.load();
  await writeFile(path.join(procRoot, "stat"), "cpu  150 0 125 750 125 0 0 0 0 0\n");
  const second = await reader.load();

  expect(first.resources).toMatchObject({ cpu_percent: 0, memory: 1_024, memory_percent: 75 });
  expect(second.resources.cpu_percent).toBe(50);
  expect(second.memoryTotalMb).toBe(4_096);
  expect(second.allocatable).toMatchObject({ memory: 3_891, vgpus: 0 });
  await rm(procRoot, { recursive: true });
});

test("the machine that this test runs on can be read", async () => {
  const reader = createHostReader({ gpus: noGpus });

  const load = await reader.load();

  expect(reader.facts().architecture).toMatch(/^(amd64|arm64)$/);
  expect(load.allocatable.memory).toBeGreaterThan(0);
  expect(load.diskUsedPercent).toBeGreaterThan(0);
});

test("the address is that of a real interface before that of a container bridge", () => {
  const interfaces = {
    lo: address("127.0.0.1", true),
    docker0: address("172.17.0.1"),
    eth0: address("192.168.1.20"),
  };

  expect(firstAddress(interfaces)).toBe("192.168.1.20");
  expect(firstAddress({ docker0: interfaces.docker0 })).toBe("172.17.0.1");
  expect(firstAddress({ lo: interfaces.lo })).toBeUndefined();
});

test("architectures have the names that images use", () => {
  expect(["x64", "arm64", "arm", "riscv64"].map(toGoArch)).toEqual([
    "amd64",
    "arm64",
    "arm",
    "riscv64",
  ]);
});
