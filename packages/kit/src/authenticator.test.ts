import { expect, test } from "vitest";
import {
  type Authenticator,
  bearerToken,
  composeAuthenticators,
  tierSecretAuthenticator,
} from "./authenticator.ts";
import { Secret } from "./secret.ts";
import { equalSecrets, hashToken, newToken } from "./tokens.ts";

const tier = tierSecretAuthenticator(new Secret("tier-secret"));

test("the shared secret makes a caller a service of the tier", async () => {
  expect(await tier.authenticate({ authorization: "Bearer tier-secret" })).toEqual({
    kind: "tier",
  });
});

test.each([{}, { authorization: "Bearer wrong" }, { authorization: "Basic tier-secret" }])(
  "with %j a caller is unknown",
  async (headers) => {
    expect(await tier.authenticate(headers)).toBeUndefined();
  },
);

test("the first authenticator that knows the caller decides", async () => {
  const worker: Authenticator = { authenticate: async () => ({ kind: "worker", id: "1" }) };
  const both = composeAuthenticators(tier, worker);
  expect(await both.authenticate({ authorization: "Bearer tier-secret" })).toEqual({
    kind: "tier",
  });
  expect(await both.authenticate({})).toEqual({ kind: "worker", id: "1" });
});

test("the scheme of a token is read without case", () => {
  expect(bearerToken({ authorization: "bearer  abc" })).toBe("abc");
  expect(bearerToken({ authorization: "Bearer" })).toBeUndefined();
});

test("tokens are long, different each time and stored as a hash", () => {
  const token = newToken();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(newToken()).not.toBe(token);
  expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("secrets of different lengths are compared without an error", () => {
  expect(equalSecrets("a", "aaaa")).toBe(false);
  expect(equalSecrets("aaaa", "aaaa")).toBe(true);
});
