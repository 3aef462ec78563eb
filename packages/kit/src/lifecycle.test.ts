import { expect, test } from "vitest";
import { type Component, component, composeComponents, runService } from "./lifecycle.ts";
import { createSilentLogger } from "./logger.ts";

const logger = createSilentLogger();

function recorded(events: string[], name: string, fails: "start" | "stop" | "never" = "never") {
  const act = (what: "start" | "stop") => async (): Promise<void> => {
    events.push(`${what} ${name}`);
    if (fails === what) throw new Error(`${name} cannot ${what}`);
  };
  return { name, start: act("start"), stop: act("stop") } satisfies Component;
}

test("components start in order and stop in the reverse order", async () => {
  const events: string[] = [];
  const components = ["database", "loops", "http"].map((name) => recorded(events, name));
  const service = await runService({ logger, components });
  await service.stop();
  expect(events).toEqual([
    "start database",
    "start loops",
    "start http",
    "stop http",
    "stop loops",
    "stop database",
  ]);
});

test("when one fails to start, those before it are stopped and the reason is thrown", async () => {
  const events: string[] = [];
  const components = [recorded(events, "a"), recorded(events, "b", "start"), recorded(events, "c")];
  await expect(runService({ logger, components })).rejects.toThrow("b cannot start");
  expect(events).toEqual(["start a", "start b", "stop a"]);
});

test("one that fails to stop does not keep the others from stopping", async () => {
  const events: string[] = [];
  const components = [recorded(events, "a"), recorded(events, "b", "stop")];
  const service = await runService({ logger, components });
  await expect(service.stop()).rejects.toThrow(AggregateError);
  expect(events.slice(2)).toEqual(["stop b", "stop a"]);
});

test("what is stopped twice is stopped once", async () => {
  const events: string[] = [];
  const service = composeComponents({ logger, components: [recorded(events, "a")] });
  await service.start();
  await service.stop();
  await service.stop();
  expect(events).toEqual(["start a", "stop a"]);
});

test("a part is named without reading its getters", async () => {
  let starts = 0;
  const part = {
    start: async () => {
      starts += 1;
    },
    stop: async () => undefined,
    get db(): never {
      throw new Error("not started");
    },
  };
  await runService({ logger, components: [component("database", part)] });
  expect(starts).toBe(1);
});
