import { HoldGranted, HoldRequest, instanceKey, WantCounted } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import type { GrantHold } from "../use-cases/grant-hold.ts";
import type { TierReader } from "../use-cases/tier-base.ts";
import { holdParams, idParams } from "./params.ts";

const counter = z.coerce.number().pipe(z.int().min(0));
const dropQuery = z.object({ epoch: counter, placement: counter });
const HoldDropped = z
  .object({ dropped: z.boolean().describe("false: there was none, or one of a higher pair") })
  .meta({ id: "HoldDropped" });

export interface HoldRouteDeps {
  candidates: Pick<CandidateStore, "dropHold" | "exists" | "countWant">;
  tier: Pick<TierReader, "base">;
  grantHold: GrantHold;
}

export function addHoldRoutes(app: HttpApp, deps: HoldRouteDeps): void {
  const tags = ["holds"];
  const { candidates, tier, grantHold } = deps;
  const path = "/resources/:id/holds/:job/:n";

  app.put(
    path,
    { schema: { tags, params: holdParams, body: HoldRequest, response: { 200: HoldGranted } } },
    ({ params, body }) => grantHold(params, body),
  );
  app.delete(
    path,
    {
      schema: { tags, params: holdParams, querystring: dropQuery, response: { 200: HoldDropped } },
    },
    async ({ params, query }) => {
      const { id, job, n } = params;
      const dropped = await candidates.dropHold(id, instanceKey(job, n), query);
      if (!dropped && !(await candidates.exists(id))) throw unknown(id);
      return { dropped };
    },
  );
  app.post(
    "/resources/:id/want",
    { schema: { tags, params: idParams, response: { 200: WantCounted } } },
    async ({ params }) => {
      const wantRev = await candidates.countWant(params.id, await tier.base());
      if (wantRev === undefined) throw unknown(params.id);
      return { want_rev: wantRev };
    },
  );
}

function unknown(id: string) {
  return errors.candidate_unknown(`No resource ${id}`);
}
