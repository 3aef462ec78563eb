import {
  BatchAnswer,
  PlacementExplained,
  type PlacementProposal,
  type PlacementRequest,
} from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import type { PlacementScheduler } from "../ports.ts";
import { createBatch } from "./batch.ts";

/** The tier's scheduler. Requests of one moment go as one batch, so that each counts the others. */
export function createSchedulerClient(client: HttpClient): PlacementScheduler {
  const propose = createBatch<PlacementRequest, PlacementProposal>(async (requests) => {
    const { proposals } = await client.request({
      method: "POST",
      path: "/api/calculate/batch",
      body: { requests },
      schema: BatchAnswer,
      timeoutMs: 10_000,
    });
    return proposals;
  });
  return { propose };
}

/** What the tier's scheduler would decide now, candidate by candidate. */
export type ExplainPlacement = (request: PlacementRequest) => Promise<PlacementExplained>;

export function createExplainClient(client: HttpClient): ExplainPlacement {
  return (request) =>
    client.request({
      method: "POST",
      path: "/api/calculate/explain",
      body: request,
      schema: PlacementExplained,
      timeoutMs: 5_000,
    });
}
