import { createSilentLogger } from "@oak/kit";
import { expect, test } from "vitest";
import { createVirtualClock } from "../../test/virtual-clock.ts";
import { createGpuReader, parseGpus } from "./gpus.ts";

const logger = createSilentLogger();

test("several GPUs are added up", () => {
  const text = "550.1, 16384, 4096, 50, 60\n550.1, 16384, 12288, 100, [N/A]\n";

  expect(parseGpus(text)).toEqual({
    count: 2,
    driver: "550.1",
    usagePercent: 75,
    temperature: 30,
    vramTotalMb: 32_768,
    vramPercent: 50,
  });
});

test("a machine without the command is asked once", async () => {
  let asked = 0;
  const clock = createVirtualClock();
  const query = async () => {
    asked += 1;
    throw Object.assign(new Error("spawn nvidia-smi ENOENT"), { code: "ENOENT" });
  };
  const reader = createGpuReader({ clock, logger, query });

  expect(await reader.read()).toBeUndefined();
  await clock.advance(3_600_000);
  expect(await reader.read()).toBeUndefined();

  expect(asked).toBe(1);
});

test("a reading is used again until it is old", async () => {
  let asked = 0;
  const clock = createVirtualClock();
  const query = async () => {
    asked += 1;
    return "550.1, 100, 10, 1, 2\n";
  };
  const reader = createGpuReader({ clock, logger, query, maxAgeMs: 1_000 });

  await reader.read();
  await reader.read();
  expect(asked).toBe(1);
  await clock.advance(1_000);
  expect(await reader.read()).toMatchObject({ count: 1 });
  expect(asked).toBe(2);
});

test("a driver that fails for a moment is asked again later", async () => {
  const clock = createVirtualClock();
  const answers = [Promise.reject(new Error("driver mismatch")), Promise.resolve("1, 2, 1, 0, 0")];
  const reader = createGpuReader({
    clock,
    logger,
    query: async () => (await answers.shift()) ?? "",
  });

  expect(await reader.read()).toBeUndefined();
  await clock.advance(10_000);
  expect(await reader.read()).toMatchObject({ count: 1 });
});
