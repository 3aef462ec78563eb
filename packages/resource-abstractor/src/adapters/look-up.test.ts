import { expect, test } from "vitest";
import { createLookUp } from "./look-up.ts";

function slowNames() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const lookUp = createLookUp((host) => {
    asked.push(host);
    return new Promise((resolve) => answers.push(() => resolve([`address of ${host}`])));
  });
  return { asked, answers, lookUp };
}

test("callers that ask for one name share a look-up, and ask anew afterwards", async () => {
  const { asked, answers, lookUp } = slowNames();
  const both = [lookUp("a"), lookUp("a")];
  answers.shift()?.();
  expect(await Promise.all(both)).toEqual([["address of a"], ["address of a"]]);
  void lookUp("a");
  expect(asked).toEqual(["a", "a"]);
});

test("two names at most are looked up at a time, the others in their order", async () => {
  const { asked, answers, lookUp } = slowNames();
  const all = ["a", "b", "c", "d"].map((host) => lookUp(host));
  expect(asked).toEqual(["a", "b"]);
  answers[0]?.();
  await all[0];
  await Promise.resolve();
  expect(asked).toEqual(["a", "b", "c"]);
  for (let i = 1; i < 4; i += 1) {
    await expect.poll(() => answers[i]).toBeDefined();
    answers[i]?.();
  }
  expect(await Promise.all(all)).toHaveLength(4);
});

test("a name that is not found fails for those who asked, and makes room", async () => {
  const lookUp = createLookUp((host) =>
    host === "good" ? Promise.resolve(["192.0.2.1"]) : Promise.reject(new Error("ENOTFOUND")),
  );
  const failed = await Promise.allSettled(["a", "b", "c"].map((host) => lookUp(host)));
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await lookUp("good")).toEqual(["192.0.2.1"]);
});
