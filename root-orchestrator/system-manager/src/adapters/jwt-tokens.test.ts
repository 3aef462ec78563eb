import { expect, test } from "vitest";
import type { KeyPair, SigningKeys } from "../ports/signing-keys.ts";
import { createJwtTokens } from "./jwt-tokens.ts";

const identity = {
  id: "65f0c0ffee65f0c0ffee65f0",
  generation: 0,
  session: { id: "session", isRotating: false },
  name: "Admin",
  roles: ["Admin"],
  organization: "o1",
};

/** Two roots with one key pair, the second of which has not made the tokens that it reads. */
function twoRoots() {
  let nowMs = 1_700_000_000_000;
  let stored: KeyPair | undefined;
  const keys: SigningKeys = {
    find: async () => stored,
    storeFirst: async (pair) => {
      stored ??= pair;
      return stored;
    },
  };
  const clock = { nowMs: () => nowMs };
  const maker = createJwtTokens({ keys, clock });
  const reader = createJwtTokens({ keys, clock });
  return {
    maker,
    reader,
    wait: (s: number) => {
      nowMs += s * 1_000;
    },
  };
}

test("a token is good where it was made and elsewhere, at the first look and later", async () => {
  const { maker, reader } = twoRoots();
  const token = await maker.sign(identity, "access");
  for (const tokens of [maker, reader, reader]) {
    const read = await tokens.read(token, "access");
    expect(read).toMatchObject({ ok: true, claims: { sub: "Admin", roles: ["Admin"] } });
  }
});

test("a token that was good before is expired when its time is over", async () => {
  const { maker, reader, wait } = twoRoots();
  const token = await maker.sign(identity, "access");
  await reader.read(token, "access");
  wait(599);
  expect(await reader.read(token, "access")).toMatchObject({ ok: true });
  wait(1);
  for (const tokens of [maker, reader]) {
    expect(await tokens.read(token, "access")).toEqual({ ok: false, reason: "expired" });
  }
});

test("a good token of one type is none of the other, however often it is shown", async () => {
  const { maker, reader } = twoRoots();
  const token = await maker.sign(identity, "refresh");
  for (const tokens of [maker, reader, reader]) {
    expect(await tokens.read(token, "access")).toEqual({ ok: false, reason: "malformed" });
  }
});

test("a token with another signature is not taken for the one that it looks like", async () => {
  const { maker, reader } = twoRoots();
  const token = await maker.sign(identity, "access");
  await reader.read(token, "access");
  const [head, claims, signature = ""] = token.split(".");
  const forged = `${head}.${claims}.${signature.slice(4)}AAAA`;
  for (const tokens of [maker, reader]) {
    expect(await tokens.read(forged, "access")).toEqual({ ok: false, reason: "malformed" });
  }
});

test("a token from before the clock was set back asks for a new login as an expired one does", async () => {
  const { maker, reader, wait } = twoRoots();
  const token = await maker.sign(identity, "access");
  wait(-3_600);
  for (const tokens of [maker, reader]) {
    expect(await tokens.read(token, "access")).toEqual({ ok: false, reason: "expired" });
  }
});
