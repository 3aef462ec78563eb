import type { NodeRegistration } from "@oak/contracts";
import type { Fault } from "@oak/kit";

/** What was stored of a worker when it registered last. */
export interface KnownWorker {
  machine_id?: string | undefined;
  boot_id?: string | undefined;
}

/** How a worker has shown that it may register. */
export type Admission =
  | { ok: true; how: "join_secret" | "password" | "insecure" }
  | { ok: false; reason: "older_worker" | "wrong_secret" | "no_secret" };

export interface Proof {
  /** upstream sends neither node id nor protocol version */
  isOlder: boolean;
  hasJoinSecret: boolean;
  hasPassword: boolean;
  /** it sent a token or a password, right or wrong */
  hasTried: boolean;
}

/**
 * The password is asked first: a worker that still has it must not be given a new one on each restart
 * just because the join secret lies beside it in its configuration.
 */
export function admit(proof: Proof, allowInsecureJoin: boolean): Admission {
  if (proof.hasPassword) return { ok: true, how: "password" };
  if (proof.hasJoinSecret) return { ok: true, how: "join_secret" };
  if (proof.isOlder) {
    return allowInsecureJoin
      ? { ok: true, how: "insecure" }
      : { ok: false, reason: "older_worker" };
  }
  return { ok: false, reason: proof.hasTried ? "wrong_secret" : "no_secret" };
}

/** Workers of older versions send no identity of their own. */
export function isOlderWorker(registration: NodeRegistration): boolean {
  return registration.node_id === undefined && registration.proto === undefined;
}

/** Two hosts of one name are two workers, unless they cannot say more than their name. */
export function identityKeyOf(registration: NodeRegistration): string {
  const { node_id: nodeId } = registration;
  return nodeId === undefined ? `name:${nameOf(registration)}` : `node:${nodeId}`;
}

/** upstream: the hostname */
export function nameOf(registration: NodeRegistration): string {
  return registration.name ?? registration.host;
}

/**
 * Whether this comes from another system than the last registration: another machine, or another boot
 * of it. A copied disk brings the node id and even the machine id along, but boots for itself.
 */
export function isAnotherSystem(known: KnownWorker, registration: NodeRegistration): boolean {
  const differs = (stored: string | undefined, given: string | undefined): boolean =>
    stored !== undefined && given !== undefined && stored !== given;
  return (
    differs(known.machine_id, registration.machine_id) ||
    differs(known.boot_id, registration.boot_id)
  );
}

/** What a schema of single fields does not see. */
export function registrationFaults(registration: NodeRegistration): Fault[] {
  const { node_id: nodeId, proto } = registration;
  const together = (pointer: string, other: string): Fault => ({
    pointer,
    message: `is required together with ${other}`,
    found: "nothing",
  });
  return [
    ...(nodeId === undefined && proto !== undefined ? [together("/node_id", "proto")] : []),
    ...(nodeId !== undefined && proto === undefined ? [together("/proto", "node_id")] : []),
    ...Object.keys(registration).filter(isUnsafeKey).map(unsafeKeyFault),
  ];
}

/** A database would take these for operators or paths. */
function isUnsafeKey(key: string): boolean {
  return key === "" || key.startsWith("$") || key.includes(".") || key.includes("\0");
}

function unsafeKeyFault(key: string): Fault {
  return {
    pointer: `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    message: "is a forbidden key",
    found: JSON.stringify(key),
    allowed: "names without a dot that do not begin with $",
  };
}
