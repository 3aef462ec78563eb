import { expect, test } from "vitest";
import { createOneAtATime } from "./one-at-a-time.ts";

test("work of one key runs in order, also after a failure", async () => {
  const inOrder = createOneAtATime();
  const log: string[] = [];
  const slow = async (name: string): Promise<string> => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
    if (name === "bad") throw new Error("bad");
    return name;
  };
  const results = await Promise.allSettled(
    ["first", "bad", "last"].map((name) => inOrder("key", () => slow(name))),
  );
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(log).toEqual(["first", "bad", "last"].flatMap((n) => [`${n} begins`, `${n} ends`]));
});

test("work of different keys runs side by side", async () => {
  const inOrder = createOneAtATime();
  let release = (): void => undefined;
  const stuck = inOrder("a", () => new Promise<void>((resolve) => (release = resolve)));
  expect(await inOrder("b", async () => "done")).toBe("done");
  release();
  await stuck;
});
