import { channel } from "node:diagnostics_channel";

/**
 * Moments at which a process may die with the most to repair afterwards: something is stored or sent, and what
 * follows from it is not. Each is named for what has just happened.
 */
export const FAIL_POINTS = [
  // The placer, of whichever tier the process belongs to.
  /** The child's room is held; the assignment is not written. */
  "placer.held",
  /** The assignment is written; the child has not been told. */
  "placer.assigned",
  /** A change is counted at the child; it is not written. */
  "placer.counted",
  /** The instance is to be released; the child has not been told. */
  "placer.release_stored",
  /** The child confirmed the end and the assignment is cleared; its hold is still there. */
  "placer.cleared",
  /** The copy of a lost worker is fenced; nothing replaces it yet. */
  "placer.fenced",
  /** A fenced copy is confirmed gone and the fence is taken away; its hold is still there. */
  "placer.unfenced",
  /** A wish to move is stored for the cluster; it has not been told. */
  "placer.move_asked",
  /** A second copy is to be made for a move; its worker has not been told. */
  "placer.move_begun",
  /** The second copy of a move is given up; it may run. */
  "placer.move_ended",
  /** The second copy of a move is the one that counts; the first one runs as well. */
  "placer.switched",
  /** The record of an instance that is over is removed. */
  "placer.forgotten",

  /** An application is stored; its services are not. */
  "root.application_stored",
  /** One instance more is wanted; the user has no answer. */
  "root.intent_stored",
  /** Instances or a service are not wanted any more; the user has no answer. */
  "root.delete_stored",
  /** An instance is to move; the user has no answer. */
  "root.move_stored",
  /** A cluster's report of an instance is stored; the cluster has no answer. */
  "root.observed",
  /** A deleted service is forgotten for good. */
  "root.job_forgotten",

  /** The spec of a service is stored; the wish for its instance is not. */
  "cluster.spec_stored",
  /** A wish of the root is stored; the cursor has not passed it. */
  "cluster.intent_stored",
  /** The cursor has passed the root's wishes; nothing may have been done for them. */
  "cluster.cursor_stored",
  /** A deploy command is with the connection to the broker. */
  "cluster.deploy_sent",
  /** A delete command is with the connection to the broker. */
  "cluster.delete_sent",
  /** A worker's report is stored; nothing follows from it yet. */
  "cluster.observed",
  /** The root has stored a report; that is not noted here. */
  "cluster.reported",

  /** A workload is wanted and stored so; nothing is there of it. */
  "engine.recorded",
  /** The container is made; it does not run. */
  "engine.created",
  /** The container runs; nobody knows. */
  "engine.started",
  /** A status is with the connection to the broker. */
  "engine.reported",
  /** The cursor has passed the cluster's wishes. */
  "engine.cursor_stored",
  /** A workload is not wanted any more and that is stored; it runs. */
  "engine.delete_recorded",
  /** The workload has stopped; its container is there. */
  "engine.stopped",
  /** The container is gone; the record of it is there. */
  "engine.removed",
  /** The record of a deletion is gone. */
  "engine.forgotten",

  /** A message has come in; nobody got it. */
  "broker.received",
  /** A message has gone out; its sender has no acknowledgement. */
  "broker.delivered",

  // The resource abstractor of either tier: stored, and whoever asked for it has no answer.
  "abstractor.job_stored",
  "abstractor.hold_stored",
  "abstractor.hold_dropped",
  "abstractor.instance_stored",
  "abstractor.observation_stored",
  "abstractor.instance_removed",

  /** A candidate is chosen; the placer has no answer. */
  "scheduler.proposed",
] as const;
export type FailPoint = (typeof FAIL_POINTS)[number];

/** What is published at each point while somebody listens. */
export interface FailPointHit {
  point: FailPoint;
  about: string;
}

/** Name of the channel on which a module that was loaded before the program can listen. */
export const FAIL_POINT_CHANNEL = "oak:fail-point";

const hits = channel(FAIL_POINT_CHANNEL);

/**
 * Marks one of {@link FAIL_POINTS}. Does nothing unless somebody in this process subscribed to the channel, and
 * nothing in production does. Subscribers run before it returns.
 * @param about which instance, service or topic it happened to
 */
export function fp(point: FailPoint, about: string): void {
  if (!hits.hasSubscribers) return;
  const hit: FailPointHit = { point, about };
  hits.publish(hit);
}
