/**
 * Machine reasons of decisions about instances. They are stable: logs, metrics and `reason` fields carry
 * them, `status_detail` says the same in one sentence.
 */
export const REASONS = {
  waiting: "Waiting for scheduling decision",
  gate_closed: "Waiting until the children that were known before the restart have reported",
  no_place: "No place found",
  hold_refused: "The chosen candidate had no room left when it was asked",
  assigned: "Assigned, waiting for the confirmation",
  deleted: "Deleted by request",
  completed: "The workload ended with success",
  workload_failed: "The workload failed on its worker",
  worker_full: "The chosen worker had no address left for it",
  not_acknowledged: "The worker did not confirm the assignment in time",
  stuck: "The workload made no progress in time",
  child_lost: "The worker or cluster fell silent",
  child_removed: "The worker or cluster was removed",
  released_by_child: "The worker or cluster gave it back",
  adopted: "The original copy came back and goes on",
  moved: "Moved to another worker",
  handed_back: "Handed back, to be placed in another cluster",
  spec_changed: "A new revision of the service is wanted",
} as const;
export type Reason = keyof typeof REASONS;
