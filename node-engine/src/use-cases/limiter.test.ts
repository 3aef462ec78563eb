import { expect, test } from "vitest";
import { createLimiter } from "./limiter.ts";

/** Work that ends when it is told to. */
function aJob() {
  let finish = (): void => undefined;
  let hasBegun = false;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = (): Promise<void> => {
    hasBegun = true;
    return done;
  };
  return { work, finish, hasBegun: () => hasBegun };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("no more than the bound happen at once, the rest in order", async () => {
  const limiter = createLimiter(2);
  const jobs = [aJob(), aJob(), aJob(), aJob()];
  const all = jobs.map(({ work }) => limiter.run(work));
  await settle();
  const begun = () => jobs.map(({ hasBegun }) => hasBegun());
  expect(begun()).toEqual([true, true, false, false]);

  jobs[1]?.finish();
  await settle();
  expect(begun()).toEqual([true, true, true, false]);

  for (const { finish } of jobs) finish();
  await Promise.all(all);
});

test("work that fails makes room as well", async () => {
  const limiter = createLimiter(1);

  await expect(limiter.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");

  expect(await limiter.run(async () => "yes")).toBe("yes");
});

test("whoever gives up waiting never begins, and takes no place", async () => {
  const limiter = createLimiter(1);
  const [first, second, third] = [aJob(), aJob(), aJob()];
  const controller = new AbortController();
  const running = limiter.run(first.work);
  const waiting = limiter.run(second.work, controller.signal);
  const last = limiter.run(third.work);

  controller.abort(new Error("deleted"));
  await expect(waiting).rejects.toThrow("deleted");
  first.finish();
  await settle();

  expect([second.hasBegun(), third.hasBegun()]).toEqual([false, true]);
  third.finish();
  await Promise.all([running, last]);
});
