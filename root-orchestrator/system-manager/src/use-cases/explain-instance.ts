import {
  ASK_KINDS,
  type CandidateVerdict,
  type ExplainedTier,
  type Explanation,
  type InstanceView,
  type Job,
  PlacementExplained,
  toJobSpec,
} from "@oak/contracts";
import { readJsonAnswer } from "@oak/kit";
import type { ExplainPlacement } from "@oak/tier";
import type { AskCluster } from "../ask-part.ts";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { ClusterDirectory } from "../ports/clusters.ts";
import type { JobStore } from "../ports/jobs.ts";
import { ownService } from "./own-documents.ts";

export interface ExplainDeps {
  jobs: Pick<JobStore, "findWithInstances">;
  clusters: ClusterDirectory;
  /** by the root's own scheduler */
  explainPlacement: ExplainPlacement;
  askCluster: AskCluster;
}

export interface ExplainOrder {
  caller: Caller;
  signal: AbortSignal;
  /** text of the path; absent: one instance more, if it was placed now */
  number?: string;
}

const answerWithinMs = 3_000;
const mostBytes = 1024 * 1024;

/**
 * Why an instance is where it is, or why there is no place for it: by the checks that decide, at the root and at the
 * cluster. A cluster that does not answer in time is left out.
 * @throws AppError service_unknown, instance_unknown, unavailable
 */
export function createExplainInstance(deps: ExplainDeps) {
  return async (serviceId: string, order: ExplainOrder): Promise<Explanation> => {
    const job = await ownService(deps.jobs.findWithInstances, serviceId, order.caller);
    const instance = instanceOf(job.instance_list, order.number);
    const number = instance?.instance_number ?? null;
    const atRoot = await explainAtRoot(deps, job, number);
    const clusterId = given(instance?.cluster_id) ?? atRoot.chosen;
    const asked = { clusterId, job, number, order };
    const atCluster = await askOrNothing(deps, asked);
    const cluster = await clusterNamed(deps, clusterId, atRoot);
    return explanationOf({ job, instance, cluster, atRoot, atCluster });
  };
}

/** Everything that was found out. */
interface Facts {
  job: Job;
  /** absent: one instance more, which there is not yet */
  instance: InstanceView | undefined;
  /** where it is, or would be */
  cluster: Place | null;
  atRoot: PlacementExplained;
  atCluster: PlacementExplained | undefined;
}
type Place = NonNullable<Explanation["cluster"]>;

function explanationOf(facts: Facts): Explanation {
  const { job, instance, cluster, atRoot, atCluster } = facts;
  const node = nodeOf(facts);
  const last = atCluster?.last ?? atRoot.last;
  const common = {
    service_id: job._id,
    sentence: sentenceOf(facts, node),
    node,
    tiers: [
      tierOf("root", atRoot, given(instance?.cluster_id)),
      ...(atCluster ? [tierOf("cluster", atCluster, given(instance?.worker_id))] : []),
    ],
  };
  if (instance === undefined) {
    return { ...common, instance_number: null, status: "", cluster, decided_at: null };
  }
  return {
    ...common,
    instance_number: instance.instance_number,
    status: instance.status,
    cluster: instance.cluster_id === "" ? null : cluster,
    decided_at: last?.at ?? null,
  };
}

/** Where it is; of one that there is not yet, where it would be. */
function nodeOf({ instance, atCluster }: Facts): Place | null {
  const id = instance === undefined ? atCluster?.chosen : given(instance.worker_id);
  if (id === undefined || id === null) return null;
  const name = atCluster?.candidates.find((one) => one.id === id)?.name ?? id;
  return { id, name };
}

function instanceOf(list: readonly InstanceView[], number: string | undefined) {
  if (number === undefined) return undefined;
  const found = list.find(({ instance_number }) => String(instance_number) === number);
  if (found === undefined) throw errors.instance_unknown();
  return found;
}

/** Views have an empty text where there is nothing. */
function given(id: string | undefined): string | undefined {
  return id === "" ? undefined : id;
}

async function explainAtRoot(
  { explainPlacement }: ExplainDeps,
  job: Job,
  number: number | null,
): Promise<PlacementExplained> {
  const attempt_id = number === null ? "one more" : `${job._id}/${number}:explain`;
  try {
    return await explainPlacement({ attempt_id, job: toJobSpec(job), exclude: [] });
  } catch (cause) {
    throw errors.unavailable({ detail: "The scheduler does not answer", cause });
  }
}

interface Asked {
  clusterId: string | null;
  job: Job;
  number: number | null;
  order: ExplainOrder;
}

async function askOrNothing(
  { askCluster }: ExplainDeps,
  { clusterId, job, number, order }: Asked,
): Promise<PlacementExplained | undefined> {
  if (clusterId === null) return undefined;
  try {
    const answer = await askCluster({
      child: clusterId,
      kind: ASK_KINDS.explain,
      params: { job: toJobSpec(job), instance_number: number },
      caller: order.caller.name,
      signal: order.signal,
      answerWithinMs,
      lifeMs: answerWithinMs,
      maxBytes: mostBytes,
    });
    return await readJsonAnswer(answer, PlacementExplained);
  } catch {
    // The root's part is worth telling all the same.
    return undefined;
  }
}

async function clusterNamed(
  { clusters }: ExplainDeps,
  id: string | null,
  atRoot: PlacementExplained,
): Promise<Place | null> {
  if (id === null) return null;
  const listed = atRoot.candidates.find((one) => one.id === id)?.name;
  if (listed !== undefined) return { id, name: listed };
  const stored = (await clusters.list()).find((one) => one._id === id);
  return { id, name: stored?.candidate_name ?? id };
}

/** Where it is counts as chosen, whatever would be chosen now. */
function tierOf(
  tier: ExplainedTier["tier"],
  { chosen, candidates, omitted }: PlacementExplained,
  present: string | undefined,
): ExplainedTier {
  const there = present ?? chosen;
  const judged = candidates.map((candidate): CandidateVerdict => {
    if (candidate.id === there) return { ...candidate, verdict: "chosen" };
    return candidate.verdict === "chosen" ? { ...candidate, verdict: "suitable" } : candidate;
  });
  return { tier, chosen: there, candidates: judged, omitted };
}

function sentenceOf(facts: Facts, node: Place | null): string {
  const { job, instance, cluster, atRoot, atCluster } = facts;
  const where = `${node === null ? "" : `node ${node.name} of `}cluster ${cluster?.name}`;
  const refusal = [atRoot.detail, atCluster?.detail ?? ""].find((text) => text !== "");
  if (instance === undefined) {
    return refusal === undefined
      ? `One more of ${job.job_name} would go to ${where}`
      : `There is no place for one more of ${job.job_name}: ${refusal}`;
  }
  const { instance_number, status, status_detail: detail, cluster_id } = instance;
  const subject = `Instance ${instance_number} of ${job.job_name}`;
  if (node !== null) return `${subject} is ${status} on ${where}`;
  const waits = cluster_id === "" ? "has no place" : `is ${status} in ${where}`;
  const why = detail === "" ? (refusal ?? "") : detail;
  return why === "" ? `${subject} ${waits}` : `${subject} ${waits}: ${why}`;
}
