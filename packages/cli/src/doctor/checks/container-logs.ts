import { type Finding, type FindingStatus, fault, warn } from "../finding.ts";

interface KnownFault {
  pattern: RegExp;
  found: string;
  remedy: string;
}

/** What goes wrong for people, as the logs of services say it. */
const knownFaults: readonly KnownFault[] = [
  {
    pattern: /ENOTFOUND|EAI_AGAIN|no such host|Name or service not known/i,
    found: "it does not know a name (no such host)",
    remedy:
      "See the …_URL variables: with network_mode host the names of compose services do not exist, use 127.0.0.1 there",
  },
  {
    pattern: /EADDRINUSE|address already in use|port is already allocated/i,
    found: "its port is in use",
    remedy: "Find who has it (ss -ltnp), end that one, or give this one another port",
  },
  {
    pattern: /ENOSPC|no space left on device/i,
    found: "its disk is full",
    remedy: "Make room: docker system prune, or a larger disk",
  },
  {
    pattern: /EACCES|EROFS|permission denied/i,
    found: "it may not write where it has to",
    remedy: "Give its volume to the user of the image: chown -R of what is mounted at /data",
  },
  {
    pattern: /nor the join secret|"code":"?unauthenticated|wrong_secret/i,
    found: "a join secret is not the right one",
    remedy: "Give both sides the same OAK_CLUSTER_JOIN_SECRET (root and cluster)",
  },
  {
    pattern: /cluster_name_taken/i,
    found: "another cluster has this name",
    remedy: "Give this cluster another CLUSTER_NAME",
  },
  {
    pattern: /MongoServerSelectionError|MongoNetworkError|database is not reachable/i,
    found: "it does not reach its database",
    remedy: "See that the database runs (docker compose ps), and MONGO_URL and MONGO_PORT",
  },
  {
    pattern: /invalid configuration|is missing|must be set/i,
    found: "a variable is missing or wrong",
    remedy: "Its log names each: docker compose logs --tail 20",
  },
];

/** Known faults in the last lines of a log: faults of a container that does not run, warnings of one that does. */
export function logFindings(name: string, log: string, state: FindingStatus): Finding[] {
  return knownFaults
    .filter(({ pattern }) => pattern.test(log))
    .map(({ found, remedy }) =>
      state === "fault"
        ? fault(name, `its log says: ${found}`, remedy)
        : warn(name, `its log of the last minutes says: ${found}`, remedy),
    );
}
