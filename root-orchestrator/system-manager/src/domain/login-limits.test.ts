import { expect, test } from "vitest";
import { createLoginLimits } from "./login-limits.ts";

function limitsAt() {
  const clock = { now: 0, monotonicMs: () => clock.now };
  const limits = createLoginLimits({ clock, perAccount: 2, perAddress: 4, capacity: 8 });
  return { clock, limits };
}

const attempt = (account: string, address = "192.0.2.1") => ({ account, address });

test("the pause lasts until the failure that is too many leaves the window", () => {
  const { clock, limits } = limitsAt();
  limits.failed(attempt("ada"));
  clock.now = 20_000;
  limits.failed(attempt("ada"));
  expect(limits.retryAfterS(attempt("ada"))).toBe(40);
  clock.now = 60_000;
  expect(limits.retryAfterS(attempt("ada"))).toBe(0);
});

test("an account is one in any case of its letters and from any address", () => {
  const { limits } = limitsAt();
  limits.failed(attempt("ada", "192.0.2.1"));
  limits.failed(attempt("ADA", "192.0.2.2"));
  expect(limits.retryAfterS(attempt("Ada", "192.0.2.3"))).toBeGreaterThan(0);
  expect(limits.retryAfterS(attempt("eve", "192.0.2.1"))).toBe(0);
});

test("guesses from elsewhere do not lock out whoever has logged in before", () => {
  const { limits } = limitsAt();
  limits.succeeded(attempt("ada"));
  for (let n = 0; n < 4; n += 1) limits.failed(attempt("ada", "192.0.2.66"));
  for (const account of ["a", "b", "c", "d"]) limits.failed(attempt(account));
  expect(limits.retryAfterS(attempt("ada"))).toBe(0);
  expect(limits.retryAfterS(attempt("ada", "192.0.2.66"))).toBeGreaterThan(0);
  expect(limits.retryAfterS(attempt("eve"))).toBeGreaterThan(0);
});

test("where an account is used from, its own failures count, until the next success", () => {
  const { limits } = limitsAt();
  limits.succeeded(attempt("ada"));
  for (let n = 0; n < 2; n += 1) limits.failed(attempt("ada"));
  expect(limits.retryAfterS(attempt("ada"))).toBeGreaterThan(0);
  limits.succeeded(attempt("ada"));
  expect(limits.retryAfterS(attempt("ada"))).toBe(0);
});

test("after a day without a login an address is a stranger again", () => {
  const { clock, limits } = limitsAt();
  limits.succeeded(attempt("ada"));
  clock.now += 24 * 3_600_000;
  for (let n = 0; n < 2; n += 1) limits.failed(attempt("ada", "192.0.2.66"));
  expect(limits.retryAfterS(attempt("ada"))).toBeGreaterThan(0);
});

test("the addresses of one IPv6 network count as one", () => {
  const { limits } = limitsAt();
  for (let n = 0; n < 4; n += 1) limits.failed(attempt(`u${n}`, `2001:db8:1:2::${n}`));
  expect(limits.retryAfterS(attempt("ada", "2001:db8:1:2::ffff"))).toBeGreaterThan(0);
  expect(limits.retryAfterS(attempt("ada", "2001:db8:1:3::1"))).toBe(0);
});

test("memory is bounded, the oldest are forgotten first", () => {
  const { limits } = limitsAt();
  for (let n = 0; n < 100; n += 1) {
    limits.failed(attempt("ada", "192.0.2.1"));
    limits.failed(attempt(`user${n}`, `10.0.0.${n}`));
  }
  expect(limits.retryAfterS(attempt("ada"))).toBeGreaterThan(0);
});
