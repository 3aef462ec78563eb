import type { Candidate } from "@oak/contracts";
import { expect, test } from "vitest";
import { removeCluster } from "./remove-cluster.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function setUp() {
  const done: string[] = [];
  const deps = {
    credentials: { removeOf: async (id: string) => void done.push(`locks out ${id}`) },
    candidates: {
      list: async () => [{ _id: "known" } as Candidate],
      remove: async (id: string) => void done.push(`removes ${id}`),
    },
    onRemoved: (id: string) => void done.push(`decides about ${id}`),
    log,
  };
  return { deps, done };
}

test("a cluster loses its access before anything is decided about what it ran", async () => {
  const { deps, done } = setUp();
  await removeCluster(deps, "known");
  expect(done).toEqual(["locks out known", "removes known", "decides about known"]);
});

test("nothing is decided when it could not be removed", async () => {
  const { deps, done } = setUp();
  deps.candidates.remove = () => Promise.reject(new Error("away"));
  await expect(removeCluster(deps, "known")).rejects.toThrow("away");
  expect(done).toEqual(["locks out known"]);
});

test("one that nobody knows is no cluster", async () => {
  const { deps, done } = setUp();
  await expect(removeCluster(deps, "unknown")).rejects.toMatchObject({ code: "cluster_unknown" });
  expect(done).toEqual([]);
});
