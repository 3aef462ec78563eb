import type { Doc } from "./answers.ts";

/** How much longer a token is good, milliseconds; undefined when it does not say (then the root will). */
export function millisecondsLeft(token: string, nowMs: number): number | undefined {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1_000 - nowMs : undefined;
}

/** What a token says of itself, unproven; empty for tokens that say nothing. */
export function claimsOf(token: string): Doc {
  try {
    const [, payload = ""] = token.split(".");
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
