/** Whom an event is about: what a reader would look for it under. */
export const EVENT_TYPES = [
  "application",
  "service",
  "instance",
  "cluster",
  "node",
  "account",
  "root",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** `warning`: somebody may want to look; the rest is the usual course of things. */
export type EventLevel = "normal" | "warning";

interface EventReasonEntry {
  type: EventType;
  level: EventLevel;
  /** for the table of the documentation */
  meaning: string;
}

const normal = (type: EventType, meaning: string) => ({ type, level: "normal", meaning }) as const;
const warning = (type: EventType, meaning: string) =>
  ({ type, level: "warning", meaning }) as const;

/**
 * Every reason of an event. The words are part of the API: never renamed, never reused. `docs/api/events.md` lists them.
 */
export const EVENT_REASONS = {
  application_created: normal("application", "A user created it."),
  application_updated: normal("application", "A user renamed or described it."),
  application_deleted: normal("application", "A user deleted it with all its services."),

  service_created: normal("service", "A user added it to its application."),
  service_updated: normal("service", "A user gave it a new revision."),
  service_rolled_back: normal("service", "It goes back to an earlier revision."),
  service_scaled: normal("service", "A user changed how many instances are wanted."),
  service_deleted: normal("service", "A user deleted it with all its instances."),
  rollout_started: normal("service", "Its instances are being brought to a revision."),
  rollout_completed: normal("service", "All its instances run the revision."),
  rollout_failed: warning("service", "New instances did not come up; the rollout ended."),

  instance_requested: normal("instance", "A user wants it."),
  instance_removed: normal("instance", "A user does not want it any more."),
  instance_move_requested: normal("instance", "A user wants it on another node."),
  placed_on_cluster: normal("instance", "The root chose a cluster for it."),
  no_place: warning("instance", "No cluster or node can take it now; it is tried again."),
  handed_back: warning(
    "instance",
    "Its cluster has no place for it; another cluster is looked for.",
  ),
  cluster_given_up: warning("instance", "Its cluster fell silent; it is placed elsewhere."),
  adopted: normal("instance", "A copy that was given up came back and goes on."),
  released: normal("instance", "Its cluster is told to end it."),
  undeployed: normal("instance", "It has ended for good."),
  placed_on_node: normal("instance", "The cluster chose a node for it."),
  node_given_up: warning("instance", "Its node fell silent; it is placed elsewhere."),
  moving: normal("instance", "A second copy is made on another node."),
  moved: normal("instance", "It runs on another node now."),
  not_moved: warning("instance", "The move did not come about; it goes on where it was."),
  running: normal("instance", "It runs."),
  restarted: warning("instance", "It ended and was started again on its node."),
  failed: warning("instance", "It failed on its node."),
  dead: warning("instance", "It ended, or is not there any more."),
  completed: normal("instance", "It has done its work and ended."),

  cluster_registered: normal("cluster", "It joined, or registered again."),
  cluster_silent: warning(
    "cluster",
    "Nothing was heard of it for too long; nothing new goes there.",
  ),
  cluster_back: normal("cluster", "It is heard of again."),
  cluster_removed: normal("cluster", "A user took it out for good."),
  cluster_unreachable: warning("cluster", "The root does not find it where it says that it is."),
  cluster_reachable: normal("cluster", "The root finds it where it says that it is."),
  cluster_events_lost: warning("cluster", "It had more to tell than it could keep."),

  node_joined: normal("node", "It registered at its cluster for the first time."),
  node_silent: warning("node", "Nothing was heard of it for too long; what it ran goes elsewhere."),
  node_back: normal("node", "It is heard of again."),
  node_left: normal("node", "Its agent said goodbye."),
  node_removed: normal("node", "A user took it out for good."),

  account_changed: normal(
    "account",
    "A user changed an account, an organization, a token or a hook.",
  ),
  events_dropped: warning("root", "There were more events than could be stored."),
} as const satisfies Record<string, EventReasonEntry>;

export type EventReason = keyof typeof EVENT_REASONS;
