import { HttpError, UnexpectedAnswerError, UnreachableError } from "@oak/kit";

/** Why a registration did not succeed, for a machine and for a person. */
export interface RegistrationTrouble {
  reason:
    | "no_join_secret"
    | "join_refused"
    | "worker_alive_elsewhere"
    | "registration_refused"
    | "cluster_unavailable"
    | "address_unknown"
    | "cluster_unreachable"
    | "not_a_cluster";
  /** One sentence that says what to do about it, where something can be done. */
  detail: string;
}

export interface RegistrationAttempt {
  /** `host:port` that was dialled. */
  target: string;
  hasJoinSecret: boolean;
}

/** Explains the error of one try to register. */
export function explainRegistration(
  error: unknown,
  attempt: RegistrationAttempt,
): RegistrationTrouble {
  if (error instanceof HttpError) return explainRefusal(error, attempt);
  if (error instanceof UnreachableError) return explainSilence(error, attempt);
  if (error instanceof UnexpectedAnswerError) return notACluster(attempt);
  const text = error instanceof Error ? error.message : String(error);
  return { reason: "cluster_unreachable", detail: text };
}

function explainRefusal(error: HttpError, attempt: RegistrationAttempt): RegistrationTrouble {
  if (error.status === 401 || error.status === 403) {
    if (!attempt.hasJoinSecret) {
      const detail = "The cluster asks for its join secret: set OAK_WORKER_JOIN_SECRET";
      return { reason: "no_join_secret", detail };
    }
    const detail = `OAK_WORKER_JOIN_SECRET is not the join secret of the cluster at ${attempt.target}`;
    return { reason: "join_refused", detail };
  }
  if (error.status === 409) {
    const detail =
      "A worker with this node id is alive on another system. If this disk is a copy, remove the state " +
      "directory; if the machine has just restarted, this passes by itself";
    return { reason: "worker_alive_elsewhere", detail };
  }
  if (error.status === 404 || error.status === 405) return notACluster(attempt);
  if (error.status >= 500) {
    return { reason: "cluster_unavailable", detail: `The cluster is not ready: ${error.message}` };
  }
  return { reason: "registration_refused", detail: error.message };
}

function explainSilence(error: UnreachableError, attempt: RegistrationAttempt) {
  const { target } = attempt;
  const code = codeOf(error.cause);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const detail = `The name in ${target} cannot be resolved; OAK_CLUSTER_ADDRESS says where the cluster is`;
    return { reason: "address_unknown" as const, detail };
  }
  const why = error.isTimeout ? "no answer in time" : (code ?? "the connection broke");
  return {
    reason: "cluster_unreachable" as const,
    detail: `No cluster-manager can be reached at ${target}: ${why}`,
  };
}

function notACluster({ target }: RegistrationAttempt): RegistrationTrouble {
  const detail = `What answers at ${target} is no cluster-manager that this version understands`;
  return { reason: "not_a_cluster", detail };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses were tried, all of them in vain.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
