import { expect, test } from "vitest";
import { isAcceptableName, mayReplace, mayUseClientId, unverifiedIdentity } from "./identity.ts";

const id = "65f0c0ffee65f0c0ffee65f0";

test.each(["#", "+", "a/b", "nodes/#", "a\u0000b", "x".repeat(129)])(
  "the name %j is refused",
  (name) => {
    expect(isAcceptableName(name)).toBe(false);
  },
);

test("a worker may use client ids that begin with its own", () => {
  const worker = { kind: "worker", id, isVerified: true } as const;
  const clientIds = [id, `${id}-ne`, `${id}x`, "65f0c0ffee65f0c0ffee65f1", ""];
  expect(clientIds.map((clientId) => mayUseClientId(worker, clientId))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("without credentials the client id names the worker", () => {
  const worker = { kind: "worker", id, isVerified: false };
  expect([id, `${id}-ne`].map(unverifiedIdentity)).toEqual([worker, worker]);
  expect(["", "tier:manager", `${id}-other`].map(unverifiedIdentity)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("an unverified client replaces only an unverified one", () => {
  const proven = { kind: "worker", id, isVerified: true } as const;
  const claimed = { kind: "worker", id, isVerified: false } as const;
  expect(mayReplace(claimed, proven)).toBe(false);
  expect(mayReplace(claimed, claimed)).toBe(true);
  expect(mayReplace(proven, claimed)).toBe(true);
});
