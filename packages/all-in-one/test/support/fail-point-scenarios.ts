import type { Status } from "@oak/contracts";
import type { FailPoint } from "@oak/kit";
import type { ClusterServiceName, RootServiceName } from "@oak/testkit";

/** Who dies: a service, the worker that has the instance, or the one that gets it. */
export type Victim = RootServiceName | ClusterServiceName | "worker";

export interface Scenario {
  at: Victim;
  point: FailPoint;
  /** What the hit has to be about: the instance of the test, also in one status only, or a topic. */
  about?: "the service" | "anything" | Status | `control/${string}` | "/job";
}

/** Each step on the way from `POST …/instance` to RUNNING at the root. */
export const deployScenarios: readonly Scenario[] = [
  { at: "root-resource-abstractor", point: "abstractor.job_stored", about: "the service" },
  { at: "system-manager", point: "root.intent_stored" },
  { at: "root-scheduler", point: "scheduler.proposed" },
  { at: "root-resource-abstractor", point: "abstractor.hold_stored" },
  { at: "system-manager", point: "placer.held" },
  { at: "root-resource-abstractor", point: "abstractor.instance_stored" },
  { at: "system-manager", point: "placer.assigned" },
  { at: "cluster-manager", point: "cluster.spec_stored" },
  { at: "cluster-manager", point: "cluster.intent_stored" },
  { at: "cluster-manager", point: "cluster.cursor_stored", about: "anything" },
  { at: "cluster-scheduler", point: "scheduler.proposed" },
  { at: "cluster-resource-abstractor", point: "abstractor.hold_stored" },
  { at: "cluster-manager", point: "placer.held" },
  { at: "cluster-resource-abstractor", point: "abstractor.instance_stored" },
  { at: "cluster-manager", point: "placer.assigned" },
  { at: "cluster-manager", point: "cluster.deploy_sent" },
  { at: "mqtt-broker", point: "broker.received", about: "control/deploy" },
  { at: "mqtt-broker", point: "broker.delivered", about: "control/deploy" },
  { at: "worker", point: "engine.recorded" },
  { at: "worker", point: "engine.cursor_stored", about: "anything" },
  { at: "worker", point: "engine.created" },
  { at: "worker", point: "engine.started" },
  { at: "worker", point: "engine.reported", about: "RUNNING" },
  { at: "mqtt-broker", point: "broker.received", about: "/job" },
  { at: "mqtt-broker", point: "broker.delivered", about: "/job" },
  { at: "cluster-resource-abstractor", point: "abstractor.observation_stored", about: "RUNNING" },
  { at: "cluster-manager", point: "cluster.observed", about: "RUNNING" },
  { at: "root-resource-abstractor", point: "abstractor.observation_stored", about: "RUNNING" },
  { at: "system-manager", point: "root.observed", about: "RUNNING" },
  { at: "root-resource-abstractor", point: "abstractor.hold_dropped" },
  { at: "cluster-manager", point: "cluster.reported" },
];

/** Each step on the way from `DELETE …/instance/{n}` to nothing. */
export const deleteScenarios: readonly Scenario[] = [
  { at: "system-manager", point: "root.delete_stored", about: "the service" },
  { at: "system-manager", point: "placer.counted" },
  { at: "system-manager", point: "placer.release_stored" },
  { at: "cluster-manager", point: "placer.counted" },
  { at: "cluster-manager", point: "placer.release_stored" },
  { at: "cluster-manager", point: "cluster.delete_sent" },
  { at: "mqtt-broker", point: "broker.received", about: "control/delete" },
  { at: "mqtt-broker", point: "broker.delivered", about: "control/delete" },
  { at: "worker", point: "engine.delete_recorded" },
  { at: "worker", point: "engine.stopped" },
  { at: "worker", point: "engine.removed" },
  { at: "worker", point: "engine.reported", about: "UNDEPLOYED" },
  { at: "worker", point: "engine.forgotten" },
  { at: "cluster-manager", point: "cluster.observed", about: "UNDEPLOYED" },
  { at: "cluster-manager", point: "placer.cleared" },
  { at: "cluster-resource-abstractor", point: "abstractor.hold_dropped" },
  { at: "system-manager", point: "placer.cleared" },
  { at: "root-resource-abstractor", point: "abstractor.instance_removed" },
  { at: "system-manager", point: "placer.forgotten" },
  { at: "cluster-resource-abstractor", point: "abstractor.instance_removed" },
  { at: "cluster-manager", point: "placer.forgotten" },
];

/** Each step of giving up a copy on a worker that fell silent, and of replacing it on another one. */
export const replaceScenarios: readonly Scenario[] = [
  { at: "cluster-manager", point: "placer.counted" },
  { at: "cluster-manager", point: "placer.fenced" },
  { at: "cluster-manager", point: "placer.assigned" },
  { at: "cluster-resource-abstractor", point: "abstractor.instance_stored" },
];

/** Each step of ending the old copy when its worker is back; the worker is the one that returns. */
export const returnScenarios: readonly Scenario[] = [
  { at: "worker", point: "engine.delete_recorded" },
  { at: "worker", point: "engine.removed" },
  { at: "cluster-manager", point: "placer.unfenced" },
  { at: "cluster-resource-abstractor", point: "abstractor.hold_dropped" },
];

/** Each step of a move, from `POST …/move` until nothing is left where the instance was. */
export const moveScenarios: readonly Scenario[] = [
  { at: "system-manager", point: "root.move_stored" },
  { at: "system-manager", point: "placer.move_asked" },
  { at: "cluster-manager", point: "cluster.intent_stored" },
  { at: "cluster-manager", point: "placer.move_begun" },
  { at: "cluster-manager", point: "cluster.deploy_sent" },
  { at: "cluster-manager", point: "cluster.observed", about: "RUNNING" },
  { at: "cluster-manager", point: "placer.switched" },
  { at: "cluster-manager", point: "cluster.delete_sent" },
  { at: "cluster-manager", point: "placer.unfenced" },
  { at: "cluster-resource-abstractor", point: "abstractor.hold_stored" },
  { at: "cluster-resource-abstractor", point: "abstractor.instance_stored" },
];

/** A move to a worker that there is not. */
export const vainMove = {
  at: "cluster-manager",
  point: "placer.move_ended",
} as const satisfies Scenario;

/** An application as a whole: when it is made, and when the last of it is forgotten. */
export const applicationScenarios = {
  made: { at: "system-manager", point: "root.application_stored", about: "anything" },
  forgotten: { at: "system-manager", point: "root.job_forgotten", about: "the service" },
} as const satisfies Record<string, Scenario>;

/** Tests of one tier stand in a file of their own, so that none of them takes long. */
export function isOfRoot({ at }: Scenario): boolean {
  return at === "system-manager" || at.startsWith("root-");
}

/** The broker, and the workers. */
export function isOfEdge({ at }: Scenario): boolean {
  return at === "mqtt-broker" || at === "worker";
}

export function isOfCluster(scenario: Scenario): boolean {
  return !isOfRoot(scenario) && !isOfEdge(scenario);
}

/** Those where a real container is in between. */
export function isOfDocker({ at, point }: Scenario): boolean {
  if (at === "worker") return /recorded|created|started|stopped/.test(point);
  return at === "cluster-manager" && /placer.held|_sent/.test(point);
}

export function nameOf({ at, point, about }: Scenario): string {
  const isDetail = about !== undefined && about !== "anything" && about !== "the service";
  const detail = isDetail ? ` (${about})` : "";
  return `${at} at ${point}${detail}`;
}
