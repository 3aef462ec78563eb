/** Topics of a worker, under `nodes/<worker id>/`. upstream: the first five. */
export const WORKER_TOPICS = {
  /** worker → cluster, heartbeat, QoS 0 */
  information: "information",
  /** worker → cluster, a status of one instance, QoS 1 */
  job: "job",
  /** worker → cluster, figures of the instances that changed, QoS 0 */
  resources: "jobs/resources",
  /** cluster → worker, QoS 1 */
  deploy: "control/deploy",
  delete: "control/delete",
  error: "control/error",
  /** cluster → worker: the whole wanted set, and by name what is gone */
  sync: "control/sync",
  /** cluster → worker: list what you hold */
  askInventory: "control/inventory",
  /** cluster → worker with exclusive instances: the newest heartbeat that was heard, QoS 0 */
  heard: "control/heard",
  /** cluster → worker: a question, answered by a request of the worker, QoS 1 */
  ask: "control/ask",
  /** worker → cluster: everything it holds */
  inventory: "inventory",
  /** worker → cluster: a clean farewell, or (as last will) the end of a connection */
  presence: "presence",
} as const;
export type WorkerTopic = keyof typeof WORKER_TOPICS;

/** Full name of a worker's topic: `nodes/<id>/<suffix>`. */
export function workerTopic(workerId: string, topic: WorkerTopic): string {
  return `nodes/${workerId}/${WORKER_TOPICS[topic]}`;
}

const SUFFIX_TO_TOPIC = new Map<string, WorkerTopic>(
  Object.entries(WORKER_TOPICS).map(([topic, suffix]) => [suffix, topic as WorkerTopic]),
);

/** Splits `nodes/<id>/<suffix>`; undefined for anything else. */
export function parseWorkerTopic(
  name: string,
): { workerId: string; topic: WorkerTopic } | undefined {
  const match = /^nodes\/([^/+#]+)\/(.+)$/.exec(name);
  const topic = SUFFIX_TO_TOPIC.get(match?.[2] ?? "");
  return match?.[1] !== undefined && topic !== undefined
    ? { workerId: match[1], topic }
    : undefined;
}

/** Topics that a worker may publish; the rest below `nodes/<id>/` it may only read. */
export const UPWARD_TOPICS = [
  "information",
  "job",
  "resources",
  "inventory",
  "presence",
] as const satisfies readonly WorkerTopic[];
