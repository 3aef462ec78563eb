import { defineErrors } from "@oak/kit";

/** Refusals of this service; the codes are what callers decide by. */
export const errors = defineErrors({
  bad_id: { status: 400, title: "This is not an id" },
  candidate_unknown: { status: 404, title: "No such resource" },
  application_unknown: { status: 404, title: "No such application" },
  job_unknown: { status: 404, title: "No such job" },
  instance_unknown: { status: 404, title: "No such instance" },
  version_conflict: { status: 409, title: "The document has changed since it was read" },
  already_exists: { status: 409, title: "It exists already" },
  name_taken: { status: 409, title: "The name is taken" },
  no_room: { status: 409, title: "The resource has no room for this" },
  not_schedulable: { status: 409, title: "The resource takes nothing new" },
  stale: { status: 409, title: "A higher pair is stored" },
  hook_unknown: { status: 404, title: "No such hook" },
  too_many_hooks: { status: 409, title: "There are as many hooks as there may be" },
  webhook_refused: { status: 422, title: "The address of the hook is not allowed" },
  refused_by_hook: { status: 403, title: "A hook refuses this" },
  resource_type_unknown: { status: 404, title: "No such type of resource" },
  resource_unknown: { status: 404, title: "No such resource" },
  schema_refused: { status: 422, title: "The schema cannot be used" },
  resource_invalid: { status: 400, title: "The resource does not follow its schema" },
  too_many_resources: { status: 409, title: "There are as many as there may be" },
  busy: { status: 503, title: "Too many writers at once, try again" },
});
