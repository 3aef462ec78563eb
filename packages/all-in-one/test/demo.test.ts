import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { containersOf, engineIdsBelow, type ServiceProcess } from "@oak/testkit";
import { expect, vi } from "vitest";
import { docker, SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { demoProgram, exitOf, outputOf, untilWritten } from "./support/programs.ts";
import { aTestBed } from "./support/system.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS });

interface DemoRun {
  program: ServiceProcess;
  /** Nothing of it is left: files, containers, the image, its process. */
  expectNothingLeft(): Promise<void>;
}

async function launchDemo(...args: string[]): Promise<DemoRun> {
  const bed = await aTestBed();
  const folder = join(bed.folder, "tmp");
  await mkdir(folder);
  const program = bed.addProcess({
    name: "demo",
    entry: demoProgram,
    args,
    env: { TMPDIR: folder },
  });
  program.launch();
  const { pid } = program;
  // The folder names its worker for as long as it is there.
  const engineIds = new Set<string>();
  const watch = setInterval(() => {
    void engineIdsBelow(folder).then((ids) => {
      for (const id of ids) engineIds.add(id);
    });
  }, 100);
  return {
    program,
    expectNothingLeft: async () => {
      clearInterval(watch);
      const containers = await Promise.all([...engineIds].map((id) => containersOf(id)));
      expect(containers.flat()).toEqual([]);
      const images = await docker.listImages({ filters: { reference: ["oak/hello:demo"] } });
      expect(images).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    },
  };
}

testOnDocker(
  "the demo shows a service on two workers, by address and by name, and leaves nothing",
  async () => {
    const demo = await launchDemo("--once");
    expect(await exitOf(demo.program, 90_000), outputOf(demo.program)).toBe(0);
    for (const host of ["10.30.30.30", "web.demo.visitors.demo.oak"]) {
      for (const instance of ["instance-0", "instance-1"]) {
        expect(outputOf(demo.program)).toContain(`2 × ${host}: ${instance} was visited by `);
      }
    }
    expect(outputOf(demo.program)).toContain("/api/docs");
    await demo.expectNothingLeft();
  },
);

testOnDocker("the demo without networking shows two pages and leaves nothing", async () => {
  const demo = await launchDemo("--once", "--no-network");
  expect(await exitOf(demo.program, 90_000), outputOf(demo.program)).toBe(0);
  expect(outputOf(demo.program)).toMatch(/Hello from instance-0[\s\S]*Hello from instance-1/);
  await demo.expectNothingLeft();
});

const moments = [
  ["in the first moment", "starts"],
  ["while it makes its image", "Making"],
  ["while the parts start", /Making the image .* s\n/],
  ["while it deploys", /Posting .* s\n/],
  ["when all is done", "Running until Ctrl-C"],
] as const;

testOnDocker.for(moments)(
  "Ctrl-C %s ends the demo within seconds and leaves nothing",
  async ([, sign]) => {
    const demo = await launchDemo();
    await untilWritten(demo.program, sign);
    const sinceMs = performance.now();
    await demo.program.kill("SIGINT");
    expect(performance.now() - sinceMs, outputOf(demo.program)).toBeLessThan(20_000);
    expect(outputOf(demo.program)).not.toContain("failed");
    await demo.expectNothingLeft();
  },
);
