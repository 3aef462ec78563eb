import { expect, test } from "vitest";
import { createClientIdClaims } from "./client-id-claims.ts";

function aClaimant() {
  const state = { closed: 0, admitted: false };
  return {
    state,
    close: () => {
      state.closed += 1;
    },
    proceed: () => {
      state.admitted = true;
    },
  };
}

test("a free id is given at once", () => {
  const claims = createClientIdClaims();
  const first = aClaimant();
  claims.claim("a", first, first.proceed);
  expect(first.state).toEqual({ closed: 0, admitted: true });
});

test("a newcomer closes the holder, and waits until it is gone", () => {
  const claims = createClientIdClaims();
  const [first, second] = [aClaimant(), aClaimant()];
  claims.claim("a", first, first.proceed);
  claims.settle("a", first);
  claims.claim("a", second, second.proceed);
  expect(first.state.closed).toBe(1);
  expect(second.state.admitted).toBe(false);
  claims.release("a", first);
  expect(second.state.admitted).toBe(true);
  expect(claims.holderOf("a")).toBe(second);
});

test("a holder that is half admitted is closed when it is settled", async () => {
  const claims = createClientIdClaims();
  const [first, second] = [aClaimant(), aClaimant()];
  claims.claim("a", first, first.proceed);
  claims.claim("a", second, second.proceed);
  expect(first.state.closed).toBe(0);
  claims.settle("a", first);
  await new Promise(setImmediate);
  expect(first.state.closed).toBe(1);
});

test("of two that wait the later one wins", () => {
  const claims = createClientIdClaims();
  const [first, second, third] = [aClaimant(), aClaimant(), aClaimant()];
  claims.claim("a", first, first.proceed);
  claims.settle("a", first);
  claims.claim("a", second, second.proceed);
  claims.claim("a", third, third.proceed);
  claims.release("a", second);
  claims.release("a", first);
  expect(second.state).toEqual({ closed: 1, admitted: false });
  expect(third.state.admitted).toBe(true);
});

test("nothing is left when all are gone", () => {
  const claims = createClientIdClaims();
  const [first, second] = [aClaimant(), aClaimant()];
  claims.claim("a", first, first.proceed);
  claims.claim("a", second, second.proceed);
  claims.release("a", second);
  claims.release("a", first);
  claims.release("a", first);
  expect(claims.size).toBe(0);
});
