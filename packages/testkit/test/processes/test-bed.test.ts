import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Docker from "dockerode";
import { expect, onTestFinished, test, vi } from "vitest";
import { containersOf, ENGINE_LABEL } from "../../src/processes/engine-containers.ts";
import { createTestBed, type TestBed } from "../../src/processes/test-bed.ts";
import { createTinyImage } from "../../src/tiny-image.ts";

async function aBed(): Promise<TestBed> {
  const bed = await createTestBed();
  onTestFinished(() => bed.close());
  return bed;
}

/** Prints one line and stays until a signal. */
function addSleeper(bed: TestBed, name: string) {
  const entry = join(bed.folder, "sleeper.mjs");
  writeFileSync(entry, `console.log("hello from ${name}"); setInterval(() => {}, 1e6);`);
  return bed.addProcess({ name, entry });
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test("close ends the processes, deletes the folder and gives the ports back", async () => {
  const bed = await aBed();
  const service = addSleeper(bed, "one");
  await service.start();
  const pid = service.pid ?? 0;
  await bed.leasePorts(1);
  await bed.close();
  await bed.close();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(bed.folder)).toBe(false);
});

test("killAll ends every process and keeps the folder", async () => {
  const bed = await aBed();
  const services = [addSleeper(bed, "one"), addSleeper(bed, "two")];
  for (const service of services) await service.start();
  await bed.killAll();
  expect(services.map((service) => service.pid)).toEqual([undefined, undefined]);
  expect(existsSync(bed.folder)).toBe(true);
});

test("the logs of all processes can be shown", async () => {
  const bed = await aBed();
  await addSleeper(bed, "one").start();
  await vi.waitFor(() => expect(bed.logs()).toMatch(/===== one\n[\s\S]*hello from one/), 10_000);
});

test("what was added for the end is taken away in reverse order, even if a part fails", async () => {
  const bed = await createTestBed();
  const done: string[] = [];
  bed.onClose(async () => done.push("first"));
  bed.onClose(async () => {
    throw new Error("does not go away");
  });
  bed.onClose(async () => done.push("last"));
  await expect(bed.close()).rejects.toThrow("could not be taken away");
  expect(done).toEqual(["last", "first"]);
  expect(existsSync(bed.folder)).toBe(false);
});

test("two beds lease different offsets for the same ports", async () => {
  const [one, two] = [await aBed(), await aBed()];
  const ports = [10_000, 10_100, 11_011];
  expect(await one.leaseOffset(ports)).not.toBe(await two.leaseOffset(ports));
});

test("containers of a node-engine whose data lies in the folder go with the bed", async () => {
  const docker = new Docker();
  const image = await createTinyImage({ docker });
  onTestFinished(() => image.remove());
  const bed = await aBed();
  const engineId = "5e".repeat(12);
  mkdirSync(join(bed.folder, "data", "worker"), { recursive: true });
  writeFileSync(join(bed.folder, "data", "worker", "node-id"), `${engineId}\n`);
  const Labels = { [ENGINE_LABEL]: engineId };
  await (await docker.createContainer({ Image: image.name, Labels })).start();
  expect(await containersOf(engineId, docker)).toHaveLength(1);
  await bed.close();
  expect(await containersOf(engineId, docker)).toHaveLength(0);
});

test("processes do not outlive a test process that is killed", async () => {
  const bed = await aBed();
  const { logFile } = addSleeper(bed, "child");
  const module = new URL("../../src/processes/service-process.ts", import.meta.url).href;
  const parent = join(bed.folder, "parent.mts");
  writeFileSync(
    parent,
    `import { createServiceProcess } from ${JSON.stringify(module)};
     const entry = ${JSON.stringify(join(bed.folder, "sleeper.mjs"))};
     const child = createServiceProcess({ name: "child", entry, logFile: ${JSON.stringify(logFile)} });
     await child.start();
     console.log(child.pid);
     setInterval(() => {}, 1e6);`,
  );
  const flags = ["--conditions=oak-source", "--import=tsx"];
  const runner = spawn(process.execPath, [...flags, parent], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: runner.stdout }), "line");
  // Until then it is setpriv, which has not yet asked for its end.
  const program = `/proc/${line}/comm`;
  await vi.waitFor(() => expect(readFileSync(program, "utf8")).toBe("node\n"), 10_000);
  runner.kill("SIGKILL");
  await vi.waitFor(() => expect(isAlive(Number(line))).toBe(false), 10_000);
});
