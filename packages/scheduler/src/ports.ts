import type { Candidate, DeployResult, Feed } from "@oak/contracts";
import type { z } from "zod";

export interface CandidatePoll {
  /** of the last answer; "" for everything */
  since: string;
  waitMs: number;
  signal: AbortSignal;
}

/** Where candidates come from: the resource abstractor of the tier. */
export interface CandidateSource {
  /**
   * What changed after `since`, at once or when something does, at the latest after `waitMs`. Rejects when
   * there is no answer; asking again with the same cursor loses nothing.
   */
  poll(poll: CandidatePoll): Promise<Feed<Candidate>>;
}

export type PlacementResult = z.infer<typeof DeployResult>;

/** What the manager made of a result. `rejected`: it does not want it, and will not want it later. */
export type Delivery = "delivered" | "rejected";

/** Who is told of asynchronous decisions: the manager of the tier. */
export interface ResultReceiver {
  /** Rejects when it is not known whether the result arrived; delivering it twice is harmless. */
  deliver(result: PlacementResult, signal: AbortSignal): Promise<Delivery>;
}
