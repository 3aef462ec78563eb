import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createServiceProcess, failAt, type StartExtras } from "../../src/index.ts";

const kit = new URL("../../../kit/dist/fail-point.js", import.meta.url).href;
/** Passes a few points and ends well. */
const program = `
import { fp } from "${kit}";
fp("placer.held", "service/0");
fp("placer.assigned", "service/0");
fp("placer.held", "service/1");
fp("placer.held", "service/1");
console.log("at the end");
`;

async function run(extras: StartExtras) {
  const folder = mkdtempSync(join(tmpdir(), "oak-fail-at-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, "program.mjs");
  writeFileSync(entry, program);
  const service = createServiceProcess({ name: "one", entry, logFile: join(folder, "one.log") });
  service.launch(extras);
  const { code, signal } = await service.ended();
  return { code, signal, log: service.logTail() };
}

test("a process that is not armed passes every point", async () => {
  expect(await run({})).toMatchObject({ code: 0, log: expect.stringContaining("at the end") });
});

test("an armed process kills itself at its point, and says where", async () => {
  const end = await run(failAt("placer.held"));
  expect(end).toMatchObject({ code: null, signal: "SIGKILL" });
  expect(end.log).toMatch(/killed at placer.held of service\/0$/);
});

test("what the hit is about, and which of them it is, can be told", async () => {
  const end = await run(failAt("placer.held", { about: /^service\/1$/, hit: 2 }));
  expect(end).toMatchObject({ signal: "SIGKILL" });
  expect((await run(failAt("placer.held", { about: /^service\/1$/, hit: 3 }))).code).toBe(0);
});

test("a point that does not exist fails the start", async () => {
  const end = await run({ ...failAt("placer.held"), env: { FAIL_POINT: "placer.hold" } });
  expect(end).toMatchObject({ code: 1, log: expect.stringContaining("No fail point placer.hold") });
});
