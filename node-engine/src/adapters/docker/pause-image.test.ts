import type { Buffer } from "node:buffer";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { arch, platform, tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { pauseArchitecture, tarOf } from "./pause-image.ts";
import { enterProgram, pauseProgram } from "./pause-program.ts";

test.each([
  ["amd64", [129, 243], 62, 0x10078n],
  ["arm64", [152, 258], 183, 0x10078n],
  ["arm", [96, 214], 40, 0x10054n],
] as const)(
  "the programs for %s are static executables that begin with their code",
  (name, sizes, machine, entry) => {
    const programs = [pauseProgram(name), enterProgram(name)];
    expect(programs.map(({ length }) => length)).toEqual(sizes);
    for (const program of programs) {
      expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
      expect(program.readUInt16LE(16)).toBe(2);
      expect(program.readUInt16LE(18)).toBe(machine);
      const is64Bit = program.readUInt8(4) === 2;
      expect(is64Bit ? program.readBigUInt64LE(24) : BigInt(program.readUInt32LE(24))).toBe(entry);
    }
  },
);

test("machines that Docker calls otherwise are found, others are refused", () => {
  expect(["x64", "arm64", "arm"].map(pauseArchitecture)).toEqual(["amd64", "arm64", "arm"]);
  expect(() => pauseArchitecture("s390x")).toThrow("s390x");
});

const isLinux = platform() === "linux";
const isRoot = process.getuid?.() === 0;

test.runIf(isLinux)("the one really waits, and uses one page or two", async () => {
  await using pause = await start("pause", pauseProgram(pauseArchitecture(arch())));
  await vi.waitFor(async () => {
    const status = await readFile(`/proc/${pause.pid}/status`, "utf8");
    expect(status).toMatch(/Name:\tpause\n/);
    expect(status).toMatch(/State:\tS/);
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(64);
  });
});

test.runIf(isLinux && isRoot)(
  "the other one waits in a network of its own, with no right at all",
  async () => {
    await using enter = await start("enter", enterProgram(pauseArchitecture(arch())));
    await vi.waitFor(async () => {
      const status = await readFile(`/proc/${enter.pid}/status`, "utf8");
      expect(status).toMatch(/Name:\toak-pause\n/);
      expect(status).toMatch(/State:\tS/);
      expect(status).toMatch(/CapPrm:\t0+\nCapEff:\t0+\n/);
    });
    expect(await readlink(`/proc/${enter.pid}/ns/net`)).not.toBe(await readlink(ownNetwork));
  },
);

test.runIf(isLinux && isRoot)("without that right it ends, and says so", async () => {
  await using enter = await start("enter", enterProgram(pauseArchitecture(arch())), 65_534);
  expect(await enter.exit).toBe(1);
});

test("the archive is one that others read", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-pause-"));
  try {
    const file = path.join(folder, "pause.tar");
    await writeFile(file, tarOf({ pause: pauseProgram("amd64"), enter: enterProgram("arm") }));
    const listed = execFileSync("tar", ["-tvf", file], { encoding: "utf8" });
    expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +129 .* pause\n-rwxr-xr-x 0\/0 +214 .* enter\n$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const ownNetwork = "/proc/self/ns/net";

/** Runs a program until the end of the block. */
async function start(name: string, program: Buffer, uid?: number) {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-pause-"));
  await chmod(folder, 0o755);
  const file = path.join(folder, name);
  await writeFile(file, program, { mode: 0o755 });
  const child = spawn(file, { stdio: "ignore", ...(uid !== undefined && { uid }) });
  const exit = once(child, "exit").then(([code]): unknown => code);
  return {
    pid: child.pid,
    exit,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}
