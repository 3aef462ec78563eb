import type { ClusterEvent, ClusterTold, Instance, InstanceKey, Job } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { EVENT_REASONS, type EventReason } from "@oak/core";
import type { Log } from "@oak/tier";
import { ownerOf, serviceSubject } from "../../domain/events/acts.ts";
import { instanceChanges } from "../../domain/events/instance-changes.ts";
import { createNames, type Names } from "../../domain/events/names.ts";
import type { Events, NewEvent } from "../../ports/events.ts";

export interface PlacerTellerDeps {
  events: Events;
  jobOf(jobId: string): Job | undefined;
  instanceOf(key: InstanceKey): Instance | undefined;
  nowMs(): number;
  log: Log;
}

/**
 * Tells as events what the placer decides and what clusters report. It only watches: nothing that happens here can hold
 * up or fail what is told.
 */
export interface PlacerTeller {
  /** To be called for each change of the book, once what is stored has been read. */
  instanceChanged(
    key: InstanceKey,
    before: Instance | undefined,
    after: Instance | undefined,
  ): void;
  /** Names of clusters, as they are stored. */
  know(clusters: Iterable<{ _id: string; candidate_name: string }>): void;
  clusterRegistered(id: string, name: string): void;
  clusterChanged(id: string, reason: ClusterReason, actor?: string): void;
  /** What a cluster has to tell; what it told before is left out. */
  clusterTold(clusterId: string, told: ClusterTold): void;
}

/** What happens to a cluster as the root sees it; each sentence follows its name. */
const clusterSentences = {
  cluster_registered: "has registered",
  cluster_silent: "is silent: nothing new is placed there",
  cluster_back: "is heard of again",
  cluster_removed: "was taken out",
} as const;
type ClusterReason = keyof typeof clusterSentences;

export function createPlacerTeller(deps: PlacerTellerDeps): PlacerTeller {
  const { events, log } = deps;
  const names = createNames();
  const passOn = createPassingOn(deps, names);

  const clusterChanged: PlacerTeller["clusterChanged"] = (id, reason, actor) => {
    const about = names.cluster(id);
    const message = `Cluster ${about.cluster_name} ${clusterSentences[reason]}`;
    events.record({ reason, message, about, actor });
    if (reason === "cluster_removed") names.forgetCluster(id);
  };

  return {
    instanceChanged: (_key, before, after) => {
      const instance = after ?? before;
      if (instance === undefined) return;
      try {
        for (const { reason, sentence, cluster, node } of instanceChanges(before, after)) {
          const about = { ...names.cluster(cluster), ...names.node(node) };
          const message = sentence
            .replace("{cluster}", about.cluster_name ?? "")
            .replace("{node}", about.node_name ?? "");
          events.record(instanceEvent(deps.jobOf, instance, { reason, message, about }));
        }
      } catch (err) {
        log.error({ instance: instance._id, err }, "a change could not be told as an event");
      }
    },
    know: (stored) => {
      for (const { _id, candidate_name } of stored) names.learnCluster(_id, candidate_name);
    },
    clusterRegistered: (id, name) => {
      names.learnCluster(id, name);
      clusterChanged(id, "cluster_registered");
    },
    clusterChanged,
    clusterTold: passOn,
  };
}

/** Clocks of clusters may be wrong, and what they kept for long is late. */
const oldestS = 7 * 86_400;

function createPassingOn(
  deps: PlacerTellerDeps,
  names: Names,
): (clusterId: string, told: ClusterTold) => void {
  const heard = new Map<string, { series: string; n: number }>();

  const passOn = (clusterId: string, reason: EventReason, told: ClusterEvent): void => {
    const { message, at, node_id, node_name } = told;
    if (node_id !== undefined && node_name !== undefined) names.learnNode(node_id, node_name);
    const nowS = deps.nowMs() / 1_000;
    const event = {
      reason,
      message,
      about: { ...names.cluster(clusterId), ...names.node(node_id) },
      at: at > nowS || at < nowS - oldestS ? nowS : at,
    };
    const { type } = EVENT_REASONS[reason];
    if (type === "node") deps.events.record(event);
    const instance = type === "instance" ? instanceOf(deps, told) : undefined;
    // A cluster speaks of what it was given, and of nothing else.
    if (instance !== undefined && isAt(instance, clusterId)) {
      deps.events.record(instanceEvent(deps.jobOf, instance, event));
    }
  };

  return (clusterId, { series, lost, list }) => {
    const last = heard.get(clusterId);
    const known = last?.series === series ? last.n : 0;
    const news = list.filter(({ n }) => n > known);
    heard.set(clusterId, { series, n: Math.max(known, ...news.map(({ n }) => n)) });
    if (lost > 0 && news.length > 0) {
      const about = names.cluster(clusterId);
      const message = `Cluster ${about.cluster_name} could not keep ${lost} of its events`;
      deps.events.record({ reason: "cluster_events_lost", message, about });
    }
    for (const event of news) {
      // One of a later release is none of ours.
      if (isReason(event.reason)) passOn(clusterId, event.reason, event);
    }
  };
}

function instanceOf(
  deps: PlacerTellerDeps,
  { job_id, instance_number }: ClusterEvent,
): Instance | undefined {
  if (job_id === undefined || instance_number === undefined) return undefined;
  return deps.instanceOf(instanceKey(job_id, instance_number));
}

function isReason(text: string): text is EventReason {
  return Object.hasOwn(EVENT_REASONS, text);
}

function isAt({ child, fenced }: Instance, clusterId: string): boolean {
  return child === clusterId || fenced.some((copy) => copy.child === clusterId);
}

/** `message` follows the name of the instance. */
function instanceEvent(
  jobOf: PlacerTellerDeps["jobOf"],
  { job_id, instance_number }: Instance,
  event: NewEvent,
): NewEvent {
  const job = jobOf(job_id);
  const subject = `Instance ${instance_number} of ${job?.job_name ?? job_id}`;
  const service =
    job === undefined
      ? { service_id: job_id, instance_number }
      : serviceSubject(job, instance_number);
  return {
    ...event,
    message: `${subject} ${event.message}`,
    about: { ...service, ...event.about },
    owner: job === undefined ? undefined : ownerOf(job),
  };
}
