import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFakeMachine } from "../src/adapters/fake/fake-machine.ts";
import { machineStateFile } from "../src/adapters/fake/fake-machine-file.ts";
import { aWorkloadSpec } from "./builders.ts";
import { createVirtualClock } from "./virtual-clock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-machine-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a scripted machine goes on where the process before it was killed", async () => {
  const clock = createVirtualClock();
  const file = path.join(folder, "machine.json");
  const spec = aWorkloadSpec({ job: { image: "fake/exit:4:after=10s" } });
  const first = createFakeMachine({ clock, ...machineStateFile(file) });
  const { handle } = first.start(first.create(spec, "engine").handle);
  first.addImage("fake/slow-pull:1s");
  await clock.advance(6_000);
  first.close();

  const second = createFakeMachine({ clock, ...machineStateFile(file) });

  expect(second.workloads.get(handle)).toMatchObject({ state: "running", engineId: "engine" });
  expect(second.hasImage("fake/slow-pull:1s")).toBe(true);
  await clock.advance(4_100);
  expect(second.workloads.get(handle)).toMatchObject({ state: "exited", exitCode: 4 });
});
