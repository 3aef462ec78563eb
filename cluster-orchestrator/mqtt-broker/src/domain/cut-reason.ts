/** Why the broker (or the network) ended a connection that did not say goodbye. */
export type CutReason =
  | "slow"
  | "keepalive"
  | "handshake_timeout"
  | "too_large"
  | "malformed"
  | "network";

/** Ends a connection for a reason of ours. */
export class CutError extends Error {
  readonly reason: CutReason;

  constructor(reason: CutReason) {
    super(`connection cut: ${reason}`);
    this.name = "CutError";
    this.reason = reason;
  }
}

/** The messages of aedes 1.2 that tell its own reasons apart; it has no codes for them. */
const aedesMessages: ReadonlyMap<string, CutReason> = new Map([
  ["drain timeout", "slow"],
  ["keep alive timeout", "keepalive"],
  ["connect did not arrive in time", "handshake_timeout"],
  // a write that was under way when the other side went
  ["connection closed", "network"],
]);

/** `undefined`: not a cut, the client was refused in due form. */
export function cutReasonOf(error: Error): CutReason | undefined {
  if (error instanceof CutError) return error.reason;
  if ("errorCode" in error) return undefined;
  const known = aedesMessages.get(error.message);
  if (known !== undefined) return known;
  // Errors of sockets have a code; what is left are complaints of the parser and of the protocol.
  return "code" in error ? "network" : "malformed";
}
