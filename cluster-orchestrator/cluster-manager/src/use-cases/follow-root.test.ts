import type { ClusterFigures } from "@oak/contracts";
import { createInstanceBook } from "@oak/tier";
import { expect, test } from "vitest";
import { anInstance, unwanted } from "../../test/instance-builders.ts";
import { createMemoryStore } from "../../test/memory-store.ts";
import { createRootFollower, type FollowRootDeps } from "./follow-root.ts";
import { createRootOutbox } from "./root-outbox.ts";

const incarnation = "root";

test("what is over is forgotten only when the cursor that tells old commands from new ones is stored", async () => {
  let nowMs = 0;
  const store = createMemoryStore();
  const over = anInstance({ phase: "closed", intent: { ...unwanted, want_rev: 5 } });
  store.stored.set(over._id, over);
  const book = createInstanceBook(store, () => nowMs);
  const kicked: string[] = [];
  const root = createRootFollower({
    book,
    outbox: createRootOutbox(book),
    root: {
      register: async () => ({ id: "c", token: "t", session: 1, incarnation, want_rev: 0 }),
      wanted: async () => ({ incarnation, session: 1, want_rev: 5, full: false, changes: [] }),
      report: async () => ({
        message: "ok",
        stop: [],
        want_rev: 5,
        incarnation,
        send_full: false,
      }),
    },
    rootStates: { load: async () => undefined, save: async () => undefined },
    specs: { nameOf: () => "" },
    kick: (key: string) => void kicked.push(key),
    figures: () => ({}) as ClusterFigures,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    log: { info: () => undefined },
    learnS: 10,
  } as unknown as FollowRootDeps);
  await book.load();
  await root.pull(0);
  await root.report();
  expect(root.state()?.cursor).toBe(5);
  expect(root.isSettledAbove(over._id)).toBe(false);
  nowMs = 500;
  kicked.length = 0;
  root.noteCursor();
  await new Promise(setImmediate);
  expect(root.isSettledAbove(over._id)).toBe(true);
  expect(kicked).toEqual([over._id]);
});
