import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { createLogRecorder } from "../test/log-lines.ts";
import type { ReadinessChecks } from "./http/readiness.ts";
import { createServiceManagerLink } from "./service-manager-link.ts";

const watched = { NOTIFY_SOCKET: "/run/notify", NOTIFY_FD: "3", WATCHDOG_USEC: "20000000" };

function linkWith({
  env = watched,
  readiness = {},
  refuse,
}: {
  env?: Record<string, string>;
  readiness?: ReadinessChecks;
  refuse?: () => string | undefined;
} = {}) {
  const clock = createFakeClock();
  const { logger, lines } = createLogRecorder();
  const messages: string[] = [];
  const link = createServiceManagerLink({
    env,
    pid: 42,
    readiness,
    logger,
    clock,
    open: (fd) => {
      if (fd !== 3) return undefined;
      return (message) => {
        const code = refuse?.();
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        messages.push(message);
      };
    },
  });
  const count = (text: string) => messages.filter((message) => message === text).length;
  return { clock, link, messages, lines, count };
}

test("where nobody wants to hear, nothing is said and no timer runs", async () => {
  const { link, messages, clock, lines } = linkWith({ env: {} });
  await link.start();
  await clock.advance(60_000);
  await link.stop();
  expect({ messages, timers: clock.timers, lines }).toEqual({ messages: [], timers: 0, lines: [] });
});

test("a process whose line was not opened says so once and works", async () => {
  const { link, messages, lines } = linkWith({ env: { NOTIFY_SOCKET: "/run/notify" } });
  await link.start();
  expect(messages).toEqual([]);
  expect(lines).toHaveLength(1);
});

test("it is ready as soon as it has started, and its status says what it lacks", async () => {
  const readiness = {
    registration: async () => {
      throw new Error("the cluster\ndoes not answer");
    },
    runtime: async () => undefined,
  };
  const { link, messages, clock } = linkWith({ readiness });
  await link.start();
  await clock.advance(0);
  expect(messages).toEqual([
    "READY=1\nSTATUS=started",
    "WATCHDOG=1",
    "STATUS=waiting for registration: the cluster does not answer",
  ]);
});

test("a status is told again only when it changed", async () => {
  let isReady = false;
  const readiness = {
    mqtt: async () => {
      if (!isReady) throw new Error("not connected");
    },
  };
  const { link, clock, count } = linkWith({ readiness });
  await link.start();
  await clock.advance(30_000);
  expect(count("STATUS=waiting for mqtt: not connected")).toBe(1);
  isReady = true;
  await clock.advance(10_000);
  expect(count("STATUS=ready")).toBe(1);
});

test("signs of life come twice in the time that the manager waits", async () => {
  const { link, clock, count } = linkWith();
  await link.start();
  await clock.advance(60_000);
  expect(count("WATCHDOG=1")).toBe(7);
});

test.each([
  ["another process is watched", { WATCHDOG_PID: "43" }],
  ["nobody waits", { WATCHDOG_USEC: "0" }],
  ["the time cannot be read", { WATCHDOG_USEC: "soon" }],
])("there are no signs of life when %s", async (_why, change) => {
  const { link, clock, count } = linkWith({ env: { ...watched, ...change } });
  await link.start();
  await clock.advance(60_000);
  expect(count("WATCHDOG=1")).toBe(0);
});

test("it says that it stops, and nothing after it", async () => {
  const { link, clock, messages } = linkWith();
  await link.start();
  await link.stop();
  await link.stop();
  await clock.advance(60_000);
  expect(messages.at(-1)).toBe("STOPPING=1\nSTATUS=stopping");
  expect(clock.timers).toBe(0);
});

test("a manager that does not read disturbs nothing, and is mentioned once a fault", async () => {
  let code: string | undefined = "EAGAIN";
  const { link, clock, lines, count } = linkWith({ refuse: () => code });
  await link.start();
  await clock.advance(60_000);
  expect(lines).toHaveLength(1);
  code = undefined;
  await clock.advance(10_000);
  expect(count("WATCHDOG=1")).toBe(1);
});
