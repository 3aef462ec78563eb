import type { PlacementProposal, PlacementRequest } from "@oak/contracts";
import { needOf, type Placement, type PlaceRequest } from "@oak/core";

/** The scheduler's answer, as the service gives it. */
export function toProposal(request: PlacementRequest, placement: Placement): PlacementProposal {
  const { attempt_id } = request;
  return placement.ok
    ? { attempt_id, candidate_id: placement.candidate, score: placement.score }
    : {
        attempt_id,
        status: placement.status,
        status_detail: placement.detail,
        refusals: { ...placement.refusals },
      };
}

/** What placement reads of a request. */
export function toPlaceRequest(request: PlacementRequest): PlaceRequest {
  const { job, exclude, attempt_id: salt } = request;
  return { job, need: needOf(job), exclude, salt };
}
