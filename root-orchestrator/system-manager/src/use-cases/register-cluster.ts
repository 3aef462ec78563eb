import type { Advertised, ClusterRegistered, ClusterRegistration } from "@oak/contracts";
import { equalSecrets, hashToken, newToken, type Secret } from "@oak/kit";
import { errors } from "../errors.ts";
import type { ClusterCandidates } from "../ports/cluster-candidates.ts";
import type { ClusterCredential, ClusterCredentials } from "../ports/cluster-credentials.ts";
import type { RootCore } from "../root-core.ts";
import type { TierBook } from "./placer-ports.ts";

export interface RegisterClusterDeps {
  credentials: ClusterCredentials;
  candidates: ClusterCandidates;
  tier: TierBook;
  core(): RootCore;
  joinSecret(): Secret;
  /** whether the cluster was heard of lately */
  isHeard(clusterId: string): boolean;
}

/**
 * Registers a cluster: it proves itself by the token of its last registration, or joins with the join
 * secret. A name belongs to whoever has its token; the join secret takes it over only while its owner is
 * silent, so that a cluster that lost its database can come back.
 * @throws AppError unauthenticated, cluster_name_taken
 */
export function createRegisterCluster(deps: RegisterClusterDeps) {
  return async (
    registration: ClusterRegistration,
    bearer: string | undefined,
    seenFrom: string,
  ): Promise<ClusterRegistered> => {
    const { cluster_name: name } = registration;
    const owner = await deps.credentials.find(name);
    const token = proofOf(deps, owner, bearer);
    const stored = await deps.candidates.findByName(name);
    // Above everything that either record remembers: one of them may have been restored or lost.
    const { base } = deps.tier.current();
    const session = Math.max(owner?.session ?? 0, stored?.session ?? 0, base) + 1;
    const candidate = await deps.candidates.upsert({
      candidate_name: name,
      candidate_location: registration.cluster_location ?? "",
      ip: registration.ip ?? "",
      port: registration.port === undefined ? "" : String(registration.port),
      advertised: advertisedOf(registration, seenFrom),
      session,
      child_incarnation: registration.incarnation,
      liveness: "alive",
    });
    const clusterId = candidate._id;
    await deps.credentials.save({ name, clusterId, tokenHash: hashToken(token), session });
    const wantRev = candidate.want_rev;
    const answer = deps.core().clusterRegistered({ id: clusterId, session, wantRev });
    return { id: clusterId, token, session, ...answer };
  };
}

/** Whole each time: what it does not advertise any more is not kept. */
function advertisedOf(registration: ClusterRegistration, seenFrom: string): Advertised {
  const { ip, port, broker_port: broker, network_port: network } = registration;
  return {
    address: ip ?? "",
    // An IPv4 address as a socket for both families shows it.
    seen_from: seenFrom.replace(/^::ffff:(?=[\d.]+$)/, ""),
    ...(port !== undefined && { manager: port }),
    ...(broker !== undefined && { broker }),
    ...(network !== undefined && { network }),
  };
}

/** The token that the cluster uses from now on: the one that it has shown, or a new one. */
function proofOf(
  deps: RegisterClusterDeps,
  owner: ClusterCredential | undefined,
  bearer: string | undefined,
): string {
  if (bearer === undefined) {
    throw errors.unauthenticated("Send the join secret, or the cluster's token, as bearer token");
  }
  if (owner !== undefined && equalSecrets(hashToken(bearer), owner.tokenHash)) return bearer;
  if (!equalSecrets(bearer, deps.joinSecret().reveal())) {
    throw errors.unauthenticated("Neither this cluster's token nor the join secret of the root");
  }
  if (owner !== undefined && deps.isHeard(owner.clusterId)) {
    throw errors.cluster_name_taken("Give this cluster another CLUSTER_NAME");
  }
  return newToken();
}
