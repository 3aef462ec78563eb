import { UPWARD_TOPICS, WORKER_TOPICS } from "@oak/contracts";
import type { ClientIdentity } from "./identity.ts";

/** upstream: all but the last is what a NetManager publishes below `nodes/<id>/net/`. */
const upwardNetTopics = [
  "net/subnet",
  "net/tablequery/request",
  "net/service/deployed",
  "net/service/undeployed",
  "net/service/address-changed",
  "net/interest/remove",
  "net/tunnel/offer",
] as const;

const upward: ReadonlySet<string> = new Set([
  ...UPWARD_TOPICS.map((topic) => WORKER_TOPICS[topic]),
  ...upwardNetTopics,
]);

/** upstream: the cluster's network manager tells all workers that a service has moved. */
const interestTopic = /^jobs\/[^/+#]+\/updates_available$/;

/** Longest topic or filter in characters; the longest of ours has some 60, a job name 128 at most. */
const maxTopicLength = 256;

/** Workers speak upward on their own topics; managers use everything that belongs to the cluster. */
export function mayPublish(identity: ClientIdentity, topic: string): boolean {
  if (topic.length > maxTopicLength) return false;
  if (identity.kind === "manager") return isClusterTopic(topic);
  const own = ownPrefix(identity.id);
  return topic.startsWith(own) && upward.has(topic.slice(own.length));
}

/** `filter` may hold wildcards. Nobody may subscribe to `#`, which would cross all borders. */
export function maySubscribe(identity: ClientIdentity, filter: string): boolean {
  if (filter.length > maxTopicLength) return false;
  if (identity.kind === "manager") return isClusterTopic(filter);
  return filter.startsWith(ownPrefix(identity.id)) || interestTopic.test(filter);
}

function ownPrefix(workerId: string): string {
  return `nodes/${workerId}/`;
}

function isClusterTopic(topic: string): boolean {
  return topic.startsWith("nodes/") || topic.startsWith("jobs/");
}
