import type { Advertised, Candidate, ClusterReachability } from "@oak/contracts";
import type { Metrics } from "@oak/kit";
import { forEachAtOnce, type Log } from "@oak/tier";
import {
  decideDial,
  notAdvertised,
  type PortResult,
  portsOf,
  refused,
  summarise,
  unknownName,
} from "../domain/reachability.ts";
import type { ClusterCandidates } from "../ports/cluster-candidates.ts";

/** Reaches out to clusters. Nothing here rejects. */
export interface ClusterDialler {
  /** Addresses of a name, or the address itself; empty: not known. */
  resolve(host: string): Promise<readonly string[]>;
  /** Undefined when somebody listens; else why not, as the end of a sentence. */
  knock(address: string, port: number): Promise<string | undefined>;
  /** Name of the cluster whose manager answers. */
  nameAt(address: string, port: number): Promise<{ name: string } | { trouble: string }>;
}

export interface CheckAddressesDeps {
  candidates: Pick<ClusterCandidates, "list" | "patch">;
  dialler: ClusterDialler;
  nowMs(): number;
  monotonicMs(): number;
  metrics: Metrics;
  log: Log;
  /** It differs from what was found before. */
  onFound?(cluster: { id: string; name: string }, found: ClusterReachability): void;
}

/** Whether clusters are reached where they say that they are: told, and never acted on, since clusters dial the root. */
export interface AddressChecks {
  /** One pass over those that are due; bounded by the limits of the dialler, and nothing at all when nobody is. */
  run(): Promise<void>;
  /** Somebody has registered: the next pass looks. */
  hint(): void;
  removed(clusterId: string): void;
  /** What was found last; undefined: nothing yet. */
  of(clusterId: string): ClusterReachability | undefined;
}

/** What works is looked at now and then; what does not, often enough for somebody who is mending it. */
const againMs = { fine: 300_000, broken: { first: 5_000, longest: 60_000 } } as const;
const clustersAtOnce = 8;

/** The parts of a site start one after the other: one look that fails says nothing. */
const looksThatTell = 2;

type Found = Omit<ClusterReachability, "since">;

interface Looked {
  name: string;
  /** Of the registration that was looked at: a new one may name another address. */
  session: number;
  dueAtMs: number;
  /** Looks in a row at this registration that found something to mend. */
  failures: number;
  found?: ClusterReachability;
}

export function createAddressChecks(deps: CheckAddressesDeps): AddressChecks {
  const looked = new Map<string, Looked>();
  let isHinted = true;
  const gauge = deps.metrics.gauge({
    name: "cluster_reachable",
    help: "Whether the root reaches a cluster at all ports that it advertises",
    labels: ["cluster"],
  });
  const removed = (clusterId: string): void => {
    const before = looked.get(clusterId);
    if (before === undefined) return;
    looked.delete(clusterId);
    gauge.remove({ cluster: before.name });
  };
  const isDue = ({ dueAtMs }: Looked): boolean => dueAtMs <= deps.monotonicMs();

  const tell = async (cluster: Candidate, found: Found): Promise<ClusterReachability> => {
    const { _id: id, candidate_name: name, reachability: stored } = cluster;
    if (found.status !== "not_advertised") gauge.set({ cluster: name }, isAsMeant(found) ? 1 : 0);
    if (isSame(stored, found)) return stored;
    const reachability = { ...found, since: deps.nowMs() / 1_000 };
    const facts = { cluster: id, name, ...found };
    deps.log[isAsMeant(found) ? "info" : "warn"](
      facts,
      "what the root finds at a cluster's address",
    );
    await deps.candidates.patch(id, { reachability });
    deps.onFound?.({ id, name }, reachability);
    return reachability;
  };

  const look = async (cluster: Candidate): Promise<void> => {
    const { _id: id, candidate_name: name, session, advertised, liveness } = cluster;
    const before = looked.get(id);
    const rests = { name, session, dueAtMs: deps.monotonicMs() + againMs.fine, failures: 0 };
    // A silent one is not looked for, and a registration of an older version says nothing of its address.
    if (advertised === undefined || liveness !== "alive") {
      looked.set(id, { ...rests, ...before, dueAtMs: rests.dueAtMs });
      return;
    }
    const found = {
      ...(await findOut(deps.dialler, name, advertised)),
      address: advertised.address,
    };
    const isSameSession = before?.session === session;
    const failures = isAsMeant(found) ? 0 : 1 + (isSameSession ? before.failures : 0);
    const pause = Math.min(againMs.broken.first * 2 ** (failures - 1), againMs.broken.longest);
    const dueAtMs = failures === 0 ? rests.dueAtMs : deps.monotonicMs() + pause;
    const known = before?.found === undefined ? {} : { found: before.found };
    looked.set(id, { ...known, name, session, dueAtMs, failures });
    // What is not dialled stays so however often one looks.
    if (found.status !== "refused" && failures > 0 && failures < looksThatTell) return;
    const told = await tell(cluster, found);
    looked.set(id, { name, session, dueAtMs, failures, found: told });
  };

  const listOrHint = async (): Promise<Candidate[]> => {
    try {
      return await deps.candidates.list();
    } catch (error) {
      isHinted = true;
      throw error;
    }
  };

  return {
    hint: () => {
      isHinted = true;
    },
    removed,
    of: (clusterId) => looked.get(clusterId)?.found,
    run: async () => {
      if (!isHinted && ![...looked.values()].some(isDue)) return;
      // Before the list is read: who registers meanwhile may not stand in it.
      isHinted = false;
      const clusters = await listOrHint();
      const ids = new Set(clusters.map(({ _id }) => _id));
      for (const id of looked.keys()) if (!ids.has(id)) removed(id);
      const due = clusters.filter(({ _id: id, session }) => {
        const before = looked.get(id);
        return before === undefined || before.session !== session || isDue(before);
      });
      await forEachAtOnce(due, clustersAtOnce, look);
    },
  };
}

/** Nothing for anybody to mend. */
function isAsMeant({ status }: Found): boolean {
  return status === "reachable" || status === "not_advertised";
}

function isSame(stored: Found | undefined, found: Found): stored is ClusterReachability {
  return (
    stored?.status === found.status &&
    stored.detail === found.detail &&
    stored.address === found.address
  );
}

async function findOut(
  dialler: ClusterDialler,
  name: string,
  advertised: Advertised,
): Promise<Omit<Found, "address">> {
  const { address: told } = advertised;
  if (told === "") return notAdvertised(advertised);
  const addresses = await dialler.resolve(told);
  const [first] = addresses;
  if (first === undefined) return unknownName(told);
  const usable = addresses.find((one) => decideDial(one, advertised).dial);
  if (usable === undefined) {
    const decision = decideDial(first, advertised);
    return refused(told, decision.dial ? "" : decision.why);
  }
  const results = await Promise.all(
    portsOf(advertised).map(async ({ port, number }): Promise<PortResult> => {
      const trouble =
        port === "manager"
          ? await managerTrouble(dialler, { address: usable, number, name })
          : await dialler.knock(usable, number);
      return { port, number, ...(trouble !== undefined && { trouble }) };
    }),
  );
  return summarise(told, results);
}

async function managerTrouble(
  dialler: ClusterDialler,
  { address, number, name }: { address: string; number: number; name: string },
): Promise<string | undefined> {
  const found = await dialler.nameAt(address, number);
  if ("trouble" in found) return found.trouble;
  // Which other one is no news for whoever makes the root look here.
  return found.name === name ? undefined : "is another cluster's";
}
