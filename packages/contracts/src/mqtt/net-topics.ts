/** Topics of a worker's net-manager, under `nodes/<worker id>/net/`. JSON, QoS 1, not retained. */
export const NET_TOPICS = {
  /** worker → cluster: lease me a subnet */
  subnet: "subnet",
  subnetResult: "subnetwork/result",
  /** worker → cluster: what stands behind this name or address */
  query: "tablequery/request",
  queryResult: "tablequery/result",
  /** worker → cluster: an instance is attached */
  deployed: "service/deployed",
  /** worker → cluster: known upstream, sent by nobody there */
  undeployed: "service/undeployed",
  /** worker → cluster: my tunnel has another address */
  addressChanged: "service/address-changed",
  /** worker → cluster: nobody here needs this service any more */
  interestRemove: "interest/remove",
  /** worker → cluster: I am about to reach this instance by an encrypted tunnel; ours alone, as the next one */
  tunnelOffer: "tunnel/offer",
  /** cluster → worker that has the instance: somebody will come by an encrypted tunnel */
  tunnelOffered: "tunnel/offered",
} as const;
export type NetTopic = keyof typeof NET_TOPICS;

/** Topics that a worker publishes; the others it reads. */
export const NET_UPWARD_TOPICS = [
  "subnet",
  "query",
  "deployed",
  "undeployed",
  "addressChanged",
  "interestRemove",
  "tunnelOffer",
] as const satisfies readonly NetTopic[];

/** Full name: `nodes/<id>/net/<suffix>`. */
export function netTopic(workerId: string, topic: NetTopic): string {
  return `nodes/${workerId}/net/${NET_TOPICS[topic]}`;
}

const SUFFIX_TO_TOPIC = new Map<string, NetTopic>(
  Object.entries(NET_TOPICS).map(([topic, suffix]) => [suffix, topic as NetTopic]),
);

/**
 * Splits `nodes/<id>/net/<suffix>`; undefined for anything else. Exact, where upstream compares beginnings and so
 * takes its own answers for requests.
 */
export function parseNetTopic(name: string): { workerId: string; topic: NetTopic } | undefined {
  const match = /^nodes\/([^/+#]+)\/net\/(.+)$/.exec(name);
  const topic = SUFFIX_TO_TOPIC.get(match?.[2] ?? "");
  return match?.[1] !== undefined && topic !== undefined
    ? { workerId: match[1], topic }
    : undefined;
}

/** cluster → workers that asked for this service: ask again. */
export function updatesTopic(jobName: string): string {
  return `jobs/${jobName}/updates_available`;
}
