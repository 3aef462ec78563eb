import type { SyncCommand } from "@oak/contracts";
import { createSilentLogger } from "@oak/kit";
import { expect, test, vi } from "vitest";
import { createClusterFollower } from "./follow-cluster.ts";
import { createCommandTakers } from "./take-commands.ts";

async function setUp() {
  const follower = createClusterFollower({
    holdings: {
      get: () => undefined,
      all: () => [],
      upsert: async () => undefined,
      forget: async () => undefined,
    },
    saveKnown: async () => undefined,
    publishJob: () => undefined,
    publishInventory: () => undefined,
    log: { warn: () => undefined },
  });
  await follower.registered({ incarnation: "incarnation-1", session: 1 });
  const allowStrayRemoval = vi.fn();
  const takers = createCommandTakers({
    follower,
    engine: {
      allowStrayRemoval,
      leases: { sending: () => undefined, heard: () => "ignored", enforce: () => undefined },
    },
    questions: { take: () => undefined },
    registerAgain: () => undefined,
    logger: createSilentLogger(),
  });
  return { allowStrayRemoval, takers };
}

const sync = (incarnation: string): SyncCommand => ({
  incarnation,
  session: 1,
  want_rev: 1,
  wanted: [],
  gone: [],
});

test("unknown workloads may go after the first sync, and that is said once", async () => {
  const { allowStrayRemoval, takers } = await setUp();

  await takers.sync(sync("incarnation-1"));
  await takers.sync(sync("incarnation-1"));

  expect(allowStrayRemoval).toHaveBeenCalledTimes(1);
});

test("the sync of another database permits nothing", async () => {
  const { allowStrayRemoval, takers } = await setUp();

  expect(await takers.sync(sync("incarnation-2"))).toBe("foreign");

  expect(allowStrayRemoval).not.toHaveBeenCalled();
});
