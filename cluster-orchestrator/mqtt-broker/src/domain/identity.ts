import type { Identity } from "../ports.ts";

/** What the broker knows of a connected client. Unverified ones exist with `allowInsecureJoin` only. */
export type ClientIdentity =
  | { kind: "manager" }
  | { kind: "worker"; id: string; isVerified: boolean };

const maxNameLength = 128;

/**
 * User names end up in topic rules and logs: wildcards would turn a rule for one into a rule for all,
 * a slash would move it to another level.
 */
export function isAcceptableName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.length <= maxNameLength && !/[#+/\u0000-\u001f\u007f]/.test(name);
}

export function verified(identity: Identity): ClientIdentity {
  return identity.kind === "worker" ? { ...identity, isVerified: true } : identity;
}

/**
 * Who a client without credentials is.
 * upstream: NodeEngine connects as `<worker id>-ne`, NetManager as `<worker id>`, both without user name.
 */
export function unverifiedIdentity(clientId: string): ClientIdentity | undefined {
  const id = /^([0-9a-f]{24})(?:-ne)?$/.exec(clientId)?.[1];
  return id === undefined ? undefined : { kind: "worker", id, isVerified: false };
}

/**
 * A connection takes over the session of its client id, so a worker may only use ids that begin with
 * its own: `<id>` or `<id>-<anything>`.
 */
export function mayUseClientId(identity: ClientIdentity, clientId: string): boolean {
  if (!isAcceptableName(clientId)) return false;
  if (identity.kind === "manager") return true;
  return clientId === identity.id || clientId.startsWith(`${identity.id}-`);
}

/** Whoever could not prove who it is must not push out somebody who could. */
export function mayReplace(newcomer: ClientIdentity, holder: ClientIdentity): boolean {
  const isVerified = (identity: ClientIdentity): boolean =>
    identity.kind === "manager" || identity.isVerified;
  return isVerified(newcomer) || !isVerified(holder);
}
