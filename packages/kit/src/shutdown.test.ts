import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { createLogRecorder } from "../test/log-lines.ts";
import { installShutdown } from "./shutdown.ts";

function shutdownWith(stop: () => Promise<void>) {
  const exits: number[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const clock = createFakeClock();
  const { logger, lines } = createLogRecorder();
  const remove = installShutdown({ stop, logger, timeoutMs: 5_000, process, clock });
  return { exits, process, clock, lines, remove };
}

test("a signal stops the service and exits 0", async () => {
  let stops = 0;
  const { process, clock, exits } = shutdownWith(async () => {
    stops += 1;
  });
  process.emit("SIGTERM");
  await clock.advance(0);
  expect({ stops, exits }).toEqual({ stops: 1, exits: [0] });
  expect(clock.timers).toBe(0);
});

test("a second signal exits at once with the code of the signal", () => {
  const { process, exits } = shutdownWith(() => new Promise(() => undefined));
  process.emit("SIGTERM");
  expect(exits).toEqual([]);
  process.emit("SIGINT");
  expect(exits).toEqual([130]);
});

test("one Ctrl-C that arrives twice, as under npm, is one; a later one is a second", async () => {
  const { process, clock, exits } = shutdownWith(() => new Promise(() => undefined));
  process.emit("SIGINT");
  process.emit("SIGINT");
  expect(exits).toEqual([]);
  await clock.advance(500);
  process.emit("SIGINT");
  expect(exits).toEqual([130]);
});

test("a stop that takes too long ends with code 1", async () => {
  const { process, clock, exits } = shutdownWith(() => new Promise(() => undefined));
  process.emit("SIGINT");
  await clock.advance(4_999);
  expect(exits).toEqual([]);
  await clock.advance(1);
  expect(exits).toEqual([1]);
});

test("a stop that fails ends with code 1", async () => {
  const { process, clock, exits } = shutdownWith(async () => {
    throw new Error("stuck");
  });
  process.emit("SIGINT");
  await clock.advance(0);
  expect(exits).toEqual([1]);
});

test("an error that nobody caught is logged as fatal and ends with code 1", () => {
  const { process, exits, lines } = shutdownWith(async () => undefined);
  process.emit("unhandledRejection", new Error("forgotten"));
  expect(exits).toEqual([1]);
  expect(lines).toMatchObject([{ level: "fatal", err: { message: "forgotten" } }]);
});

test("the listeners can be removed", () => {
  const { process, remove } = shutdownWith(async () => undefined);
  remove();
  expect(process.eventNames()).toEqual([]);
});
