import { once } from "node:events";
import { createServer } from "node:net";
import { createTinyImage } from "@oak/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import { addAllInOneSystem, portsOf } from "./support/all-in-one-system.ts";
import { anSla } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { exitOf, outputOf, untilWritten } from "./support/programs.ts";
import { aTestBed } from "./support/system.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS, hookTimeout: SYSTEM_TEST_MS });

/** What a program says before it ends, without the line that the test bed writes. */
const lastWords = (output: string): string[] =>
  output.split("\n").filter((line) => line !== "" && !/^(---|\{)/.test(line));

test("without a worker it needs no Docker, says why nothing is placed, and ends in order", async () => {
  const system = await addAllInOneSystem(await aTestBed(), {
    args: ["--no-worker"],
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
  });
  await system.program.process.start();
  const { service } = await deploy(system, anSla({ code: "no-image" }), 1);
  await eventually(async () => {
    const { status, status_detail: detail } = await system.api.instance(service, 0);
    expect(status).toMatch(/^N/);
    expect(detail).toMatch(/^[A-Z].{10,}$/);
  });
  expect(await system.program.process.stop()).toBe(0);
});

test("a port that is taken is named, and the program ends with 1", async () => {
  const system = await addAllInOneSystem(await aTestBed(), { args: ["--no-worker"] });
  const { mqttBroker } = portsOf(system);
  const holder = createServer().listen(mqttBroker, "127.0.0.1");
  onTestFinished(() => void holder.close());
  await once(holder, "listening");
  const { process: program } = system.program;
  program.launch();
  expect(await exitOf(program)).toBe(1);
  expect(lastWords(outputOf(program))).toEqual([expect.stringContaining(String(mqttBroker))]);
});

test("a data folder that another one uses is left to it, with one sentence and 1", async () => {
  const bed = await aTestBed();
  const first = await addAllInOneSystem(bed, { args: ["--no-worker"] });
  await first.program.process.start();
  const second = await addAllInOneSystem(bed, {
    name: "second",
    args: ["--no-worker", "--data-dir", first.program.dataDir],
  });
  second.program.process.launch();
  expect(await exitOf(second.program.process)).toBe(1);
  const words = lastWords(outputOf(second.program.process));
  expect(words).toEqual([expect.stringContaining(first.program.dataDir)]);
  expect(await first.api.services()).toEqual([]);
});

test("a host that others can reach needs a password for the first account", async () => {
  const bed = await aTestBed();
  const args = ["--no-worker", "--host", "0.0.0.0"];
  const refused = await addAllInOneSystem(bed, { args });
  refused.program.process.launch();
  expect(await exitOf(refused.program.process)).toBe(1);
  expect(lastWords(outputOf(refused.program.process))).toEqual([
    expect.stringContaining("Set ADMIN_PASSWORD"),
  ]);
  const accepted = await addAllInOneSystem(bed, {
    name: "accepted",
    args,
    env: { ADMIN_PASSWORD: "a password of its own" },
  });
  await accepted.program.process.start();
  await expect(accepted.api.services()).rejects.toThrow("401");
});

test("an unknown flag and a wrong variable are told with what is allowed, and 2", async () => {
  const bed = await aTestBed();
  const flag = await addAllInOneSystem(bed, { args: ["--no-wroker"] });
  flag.program.process.launch();
  expect(await exitOf(flag.program.process)).toBe(2);
  expect(outputOf(flag.program.process)).toContain("--no-worker");
  const variable = await addAllInOneSystem(bed, { name: "second", env: { OAK_HOTS: "x" } });
  variable.program.process.launch();
  expect(await exitOf(variable.program.process)).toBe(2);
  expect(outputOf(variable.program.process)).toContain("OAK_HOTS");
});

testOnDocker("Ctrl-C leaves the workloads; with --drain it stops them first", async () => {
  const image = await createTinyImage();
  onTestFinished(() => image.remove());
  const bed = await aTestBed();
  const staying = await addAllInOneSystem(bed);
  await staying.program.process.start();
  const { service } = await deploy(staying, anSla({ code: image.name }), 2);
  await untilRunning(staying, service, 2);
  const copies = await staying.copies();
  await staying.program.process.kill("SIGINT");
  expect(await staying.program.process.stop()).toBe(0);
  expect(await staying.copies()).toEqual(copies);

  const draining = await addAllInOneSystem(bed, {
    name: "draining",
    args: ["--drain", "--data-dir", staying.program.dataDir],
  });
  await draining.program.process.start();
  await untilRunning({ api: draining.api }, service, 2);
  expect(await staying.copies()).toEqual(copies);
  await draining.program.process.kill("SIGINT");
  expect(await draining.program.process.stop()).toBe(0);
  expect((await staying.copies()).filter(({ isRunning }) => isRunning)).toEqual([]);
});

test("Ctrl-C while it starts ends it in order, and the next start finds all in order", async () => {
  const system = await addAllInOneSystem(await aTestBed(), { args: ["--no-worker"] });
  const { process: program } = system.program;
  program.launch();
  await untilWritten(program, "embedded database listens");
  await program.kill("SIGINT");
  expect(await program.stop()).toBe(0);
  expect(outputOf(program)).toContain("embedded database stopped");
  await program.start();
  expect(await system.api.services()).toEqual([]);
});
