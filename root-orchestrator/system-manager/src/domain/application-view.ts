import type { Application, ApplicationView } from "@oak/contracts";

/** upstream: `_id` in MongoDB's extended JSON; the dashboard reads `_id.$oid`. */
export function applicationView({
  rev: _rev,
  owner_id: _owner,
  ...application
}: Application): ApplicationView {
  return { ...application, _id: { $oid: application._id } };
}
