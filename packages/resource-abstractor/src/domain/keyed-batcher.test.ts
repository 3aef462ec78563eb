import { expect, test, vi } from "vitest";
import { createKeyedBatcher } from "./keyed-batcher.ts";

/** A batcher whose batches end when told, in the order in which they began. */
function startBatcher() {
  const batches: { key: string; items: readonly string[]; end: (error?: Error) => void }[] = [];
  const batcher = createKeyedBatcher<string, string>(
    (key, items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          if (error === undefined) resolve(items.map((item) => `${item}!`));
          else reject(error);
        };
        batches.push({ key, items, end });
      }),
  );
  return { batches, batcher };
}

test("what arrives during a batch makes the next one", async () => {
  const { batches, batcher } = startBatcher();
  const answers = ["a", "b", "c"].map((item) => batcher.submit("k", item));
  expect(batches.map((batch) => batch.items)).toEqual([["a"]]);
  batches[0]?.end();
  expect(await answers[0]).toBe("a!");
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  expect(batches[1]?.items).toEqual(["b", "c"]);
  batches[1]?.end();
  expect(await Promise.all(answers)).toEqual(["a!", "b!", "c!"]);
});

test("a key does not wait for another", async () => {
  const { batches, batcher } = startBatcher();
  const slow = batcher.submit("slow", "a");
  const fast = batcher.submit("fast", "b");
  batches[1]?.end();
  expect(await fast).toBe("b!");
  batches[0]?.end();
  await slow;
});

test("a batch that fails fails for all in it and for nobody behind it", async () => {
  const { batches, batcher } = startBatcher();
  const failing = batcher.submit("k", "a");
  const next = batcher.submit("k", "b");
  batches[0]?.end(new Error("no"));
  await expect(failing).rejects.toThrow("no");
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  batches[1]?.end();
  expect(await next).toBe("b!");
});

test("a key that came to rest starts again", async () => {
  const { batches, batcher } = startBatcher();
  for (const round of [0, 1]) {
    const answer = batcher.submit("k", "a");
    await vi.waitFor(() => expect(batches).toHaveLength(round + 1));
    batches[round]?.end();
    expect(await answer).toBe("a!");
  }
});
