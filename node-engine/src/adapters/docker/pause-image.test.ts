import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, platform, tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { pauseArchitecture, tarOf } from "./pause-image.ts";
import { pauseProgram } from "./pause-program.ts";

test.each([
  ["amd64", 129, 62, 0x10078n],
  ["arm64", 152, 183, 0x10078n],
  ["arm", 96, 40, 0x10054n],
] as const)(
  "the program for %s is a static executable that begins with its code",
  (name, size, machine, entry) => {
    const program = pauseProgram(name);
    expect(program).toHaveLength(size);
    expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(program.readUInt16LE(16)).toBe(2);
    expect(program.readUInt16LE(18)).toBe(machine);
    const is64Bit = program.readUInt8(4) === 2;
    expect(is64Bit ? program.readBigUInt64LE(24) : BigInt(program.readUInt32LE(24))).toBe(entry);
  },
);

test("machines that Docker calls otherwise are found, others are refused", () => {
  expect(["x64", "arm64", "arm"].map(pauseArchitecture)).toEqual(["amd64", "arm64", "arm"]);
  expect(() => pauseArchitecture("s390x")).toThrow("s390x");
});

test.runIf(platform() === "linux")("it really waits, and uses one page or two", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-pause-"));
  const file = path.join(folder, "pause");
  await writeFile(file, pauseProgram(pauseArchitecture(arch())), { mode: 0o755 });
  const child = spawn(file, { stdio: "ignore" });
  try {
    await vi.waitFor(async () => {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      expect(status).toMatch(/Name:\tpause\n/);
      expect(status).toMatch(/State:\tS/);
      expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(64);
    });
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
    await rm(folder, { recursive: true });
  }
});

test("the archive is one that others read", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-pause-"));
  try {
    const file = path.join(folder, "pause.tar");
    await writeFile(file, tarOf("pause", pauseProgram("amd64")));
    const listed = execFileSync("tar", ["-tvf", file], { encoding: "utf8" });
    expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +129 .* pause\n$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
