import { expect, test } from "vitest";
import { createBreaker } from "./breaker.ts";

const aBreaker = () => createBreaker({ failures: 3, baseMs: 100, maxMs: 250 });

test("it pauses after as many failures in a row, and a success in between starts anew", () => {
  const breaker = aBreaker();
  breaker.failed(0);
  breaker.failed(0);
  breaker.succeeded();
  breaker.failed(0);
  breaker.failed(0);
  expect(breaker.mayCall(0)).toBe(true);
  breaker.failed(0);
  expect(breaker.mayCall(99)).toBe(false);
});

test("after the pause one call is let through, and the next pause is longer, up to a limit", () => {
  const breaker = aBreaker();
  for (let i = 0; i < 3; i += 1) breaker.failed(0);
  expect([breaker.mayCall(100), breaker.mayCall(100)]).toEqual([true, false]);
  breaker.failed(100);
  expect(breaker.retryAtMs()).toBe(300);
  expect(breaker.mayCall(300)).toBe(true);
  breaker.failed(300);
  expect(breaker.retryAtMs()).toBe(550);
  expect(breaker.mayCall(550)).toBe(true);
  breaker.succeeded();
  expect([breaker.mayCall(551), breaker.failures(), breaker.retryAtMs()]).toEqual([
    true,
    0,
    undefined,
  ]);
});
