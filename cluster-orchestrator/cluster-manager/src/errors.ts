import { defineErrors } from "@oak/kit";

/** Refusals of this service; the codes are what callers decide by. */
export const errors = defineErrors({
  join_refused: { status: 401, title: "The worker is not let in" },
  older_worker_refused: { status: 403, title: "Workers of older versions are not let in" },
  worker_unknown: { status: 404, title: "No such worker" },
  instance_unknown: { status: 404, title: "No such instance" },
  no_logs: { status: 404, title: "There are no logs" },
  orphan_unknown: { status: 404, title: "No such copy is listed" },
  stale_command: { status: 409, title: "The cluster holds something newer" },
  foreign_command: { status: 409, title: "The command is of another root than the cluster's" },
  worker_alive_elsewhere: {
    status: 409,
    title: "This node id is in use on another machine or by another system",
  },
});
