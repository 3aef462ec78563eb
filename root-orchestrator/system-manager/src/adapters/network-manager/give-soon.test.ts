import { AppError } from "@oak/kit";
import { expect, test } from "vitest";
import { errors } from "../../errors.ts";
import { createGiveSoon } from "./give-soon.ts";

function aPool() {
  const waiting: { number: number; end(outcome: "given" | "unknown" | AppError): void }[] = [];
  const late: [unknown, number][] = [];
  let nowMs = 0;
  const give = createGiveSoon<[number]>({
    give: (number) =>
      new Promise((resolve, reject) => {
        const end = (outcome: "given" | "unknown" | AppError) =>
          outcome instanceof AppError ? reject(outcome) : resolve(outcome);
        waiting.push({ number, end });
      }),
    monotonicMs: () => nowMs,
    onLate: (error, number) => late.push([error, number]),
  });
  const isWaitedFor = async (number: number): Promise<boolean> => {
    let isOver = false;
    give(number).then(
      () => {
        isOver = true;
      },
      () => undefined,
    );
    await new Promise(setImmediate);
    return !isOver;
  };
  const end = async (outcome: "given" | "unknown" | AppError): Promise<void> => {
    waiting.shift()?.end(outcome);
    await new Promise(setImmediate);
  };
  return {
    give,
    isWaitedFor,
    end,
    late,
    waiting,
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("the first one is waited for, those after it are not, and after a time one is again", async () => {
  const pool = aPool();
  expect(await pool.isWaitedFor(0)).toBe(true);
  await pool.end("given");
  expect(await pool.isWaitedFor(1)).toBe(false);
  expect(await pool.isWaitedFor(2)).toBe(false);
  expect(pool.waiting.map(({ number }) => number)).toEqual([1, 2]);
  pool.later(30_000);
  expect(await pool.isWaitedFor(3)).toBe(true);
});

test("when the last addresses are gone the next one is told so", async () => {
  const pool = aPool();
  const first = pool.give(0);
  await pool.end("given");
  await first;
  expect(await pool.isWaitedFor(1)).toBe(false);
  const none = errors.addresses_exhausted();
  await pool.end(none);
  expect(pool.late).toEqual([[none, 1]]);
  const refused = pool.give(2);
  pool.waiting.shift()?.end(none);
  await expect(refused).rejects.toBe(none);
  const given = pool.give(3);
  await pool.end("given");
  await given;
  expect(await pool.isWaitedFor(4)).toBe(false);
});

test("a network that is away says nothing of how many are left", async () => {
  const pool = aPool();
  const away = pool.give(0);
  await pool.end("unknown");
  await away;
  expect(await pool.isWaitedFor(1)).toBe(true);
  await pool.end("given");
  expect(await pool.isWaitedFor(2)).toBe(false);
  await pool.end("unknown");
  expect(await pool.isWaitedFor(3)).toBe(false);
});

test("not more than so many are on their way without being waited for", async () => {
  const pool = aPool();
  const first = pool.give(0);
  await pool.end("given");
  await first;
  for (let number = 1; number <= 64; number += 1) {
    expect(await pool.isWaitedFor(number)).toBe(false);
  }
  expect(await pool.isWaitedFor(65)).toBe(true);
  await pool.end("given");
  await pool.end("given");
  expect(await pool.isWaitedFor(66)).toBe(false);
});
