import {
  HoldChange,
  HoldChangeOutcome,
  HoldGranted,
  HoldRequest,
  instanceKey,
  MOST_CHANGED,
  WantCounted,
} from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { type ChangeHolds, changeManyHolds } from "../use-cases/change-holds.ts";
import { holdParams, idParams } from "./params.ts";

const counter = z.coerce.number().pipe(z.int().min(0));
const dropQuery = z.object({ epoch: counter, placement: counter });
const HoldDropped = z
  .object({ dropped: z.boolean().describe("false: there was none, or one of a higher pair") })
  .meta({ id: "HoldDropped" });

const HoldChanges = z
  .object({ items: z.array(HoldChange).max(MOST_CHANGED) })
  .meta({ id: "HoldChanges" });
const HoldsChanged = z
  .object({ outcomes: z.array(HoldChangeOutcome).describe("one for each item, in their order") })
  .meta({ id: "HoldsChanged" });

export function addHoldRoutes(app: HttpApp, changeHolds: ChangeHolds): void {
  const tags = ["holds"];
  const path = "/resources/:id/holds/:job/:n";

  app.put(
    path,
    { schema: { tags, params: holdParams, body: HoldRequest, response: { 200: HoldGranted } } },
    async ({ params: { id, job, n }, body: request }) => {
      const key = instanceKey(job, n);
      const { wantRev: want_rev, rev } = await changeHolds(id, { do: "hold", key, request });
      return { want_rev, rev };
    },
  );
  app.delete(
    path,
    {
      schema: { tags, params: holdParams, querystring: dropQuery, response: { 200: HoldDropped } },
    },
    async ({ params: { id, job, n }, query: pair }) => {
      const { dropped } = await changeHolds(id, { do: "drop", key: instanceKey(job, n), pair });
      return { dropped };
    },
  );
  app.post(
    "/resources/:id/want",
    { schema: { tags, params: idParams, response: { 200: WantCounted } } },
    async ({ params: { id } }) => {
      const { wantRev: want_rev } = await changeHolds(id, { do: "count" });
      return { want_rev };
    },
  );
  app.post(
    "/resources/changes",
    { schema: { tags, body: HoldChanges, response: { 200: HoldsChanged } } },
    async ({ body }) => ({ outcomes: await changeManyHolds(changeHolds, body.items) }),
  );
}
