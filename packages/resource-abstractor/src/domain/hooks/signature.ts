import { createHmac } from "node:crypto";

/**
 * Value of `x-oak-signature`: `t=<Unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`. One `v1` for each key, so that
 * a receiver that still has the old one goes on while keys are exchanged.
 */
export function signatureOf(
  keys: readonly string[],
  { timestampS, body }: { timestampS: number; body: string },
): string {
  const codes = keys.map((key) => {
    const code = createHmac("sha256", key).update(`${timestampS}.${body}`).digest("hex");
    return `v1=${code}`;
  });
  return [`t=${timestampS}`, ...codes].join(",");
}
