import { Candidate, CandidateFeed, CandidatesPatched } from "@oak/contracts";
import type { ChangeFeed, HttpApp } from "@oak/kit";
import { z } from "zod";
import { CandidatePatch, CandidatePatches, CandidateWrite } from "../domain/candidate-body.ts";
import { candidateView, narrowed } from "../domain/candidate-view.ts";
import { isProtectedOfResources, shapeOf } from "../domain/hooks/hooked-shape.ts";
import { errors } from "../errors.ts";
import type { CandidateFilter, CandidateStore } from "../ports.ts";
import type { HookedWrites } from "../use-cases/hooks/hooked-writes.ts";
import { createPollFeed } from "../use-cases/poll-feed.ts";
import {
  createCandidate,
  putCandidate,
  type RegisterCandidateDeps,
} from "../use-cases/register-candidate.ts";
import { updateCandidate, updateCandidates } from "../use-cases/update-candidate.ts";
import { answerPoll, pollQuery } from "./long-poll.ts";
import { flag, idParams, isTrue } from "./params.ts";

const listQuery = z.object({
  ...pollQuery,
  active: flag.exactOptional(),
  candidate_name: z.string().exactOptional(),
  ip: z.string().exactOptional(),
  node_id: z.string().exactOptional(),
  resources: z
    .string()
    .exactOptional()
    .describe("narrows to Oakestra's fields and these, separated by commas"),
});

const View = Candidate.extend({ active: z.boolean() }).meta({ id: "CandidateView" });

export interface CandidateRouteDeps extends RegisterCandidateDeps {
  candidates: CandidateStore;
  feed: ChangeFeed;
  hooks: HookedWrites;
}

const entity = "resources";
const writeShape = shapeOf(CandidateWrite, isProtectedOfResources);

/** upstream: resource abstractor, `/api/v1/resources`. */
export function addCandidateRoutes(app: HttpApp, deps: CandidateRouteDeps): void {
  const tags = ["resources"];
  const { candidates, feed, hooks } = deps;
  const poll = createPollFeed(feed, candidates);

  app.get(
    "/resources",
    {
      schema: {
        tags,
        querystring: listQuery,
        response: { 200: z.union([CandidateFeed, z.array(View.partial())]) },
      },
    },
    async ({ query }, reply) => {
      const { since, wait, resources } = query;
      if (since !== undefined) {
        return answerPoll({ app, reply }, poll, { since, wait });
      }
      const names = resources?.split(",");
      const charts = names?.some((name) => name.endsWith("_history")) ?? false;
      const views = (await candidates.list(filterOf(query), { charts })).map(candidateView);
      return names === undefined ? views : views.map((view) => narrowed(view, names));
    },
  );
  app.post(
    "/resources",
    { schema: { tags, body: CandidateWrite, response: { 201: View } } },
    async ({ body }, reply) => {
      const made = await hooks.create({
        entity,
        shape: writeShape,
        body,
        write: (wanted) => createCandidate(deps, wanted),
      });
      reply.code(201);
      return candidateView(made);
    },
  );
  app.put(
    "/resources",
    { schema: { tags, body: CandidateWrite, response: { 200: View } } },
    async ({ body }) =>
      candidateView(
        await hooks.upsert({
          entity,
          shape: writeShape,
          body,
          existing: () => existingId(candidates, body),
          write: (wanted) => putCandidate(deps, wanted),
        }),
      ),
  );
  app.patch(
    "/resources",
    { schema: { tags, body: CandidatePatches, response: { 200: CandidatesPatched } } },
    async ({ body: { items } }) => {
      const stored = await updateCandidates(deps, items);
      for (const [i, { _id, fields }] of items.entries()) {
        if (stored[i] === true) hooks.alive(_id, fields);
      }
      return { stored };
    },
  );
  addSingleRoutes(app, deps);
}

function addSingleRoutes(app: HttpApp, deps: CandidateRouteDeps): void {
  const tags = ["resources"];
  const { candidates, hooks } = deps;
  const path = "/resources/:id";

  app.get(
    path,
    { schema: { tags, params: idParams, response: { 200: View } } },
    async (request) => {
      const { id } = request.params;
      const candidate = await candidates.find(id, { charts: true });
      if (candidate === undefined) throw errors.candidate_unknown(`No resource ${id}`);
      return candidateView(candidate);
    },
  );
  app.patch(
    path,
    { schema: { tags, params: idParams, body: CandidatePatch, response: { 200: View } } },
    async ({ params: { id }, body }) => {
      const updated = await updateCandidate(deps, id, body);
      // These are signs of life: whoever they are about must not seem dead because a hook is slow.
      hooks.alive(id, body);
      return candidateView(updated);
    },
  );
  app.delete(path, { schema: { tags, params: idParams } }, async ({ params: { id } }, reply) => {
    await hooks.remove({
      entity,
      id,
      read: () => candidates.find(id, { charts: false }),
      write: async () => {
        if (!(await candidates.remove(id))) throw errors.candidate_unknown(`No resource ${id}`);
      },
    });
    return reply.code(204).send();
  });
}

/** Of the candidate that a body registers again. */
async function existingId(
  candidates: CandidateStore,
  { node_id, candidate_name }: CandidateWrite,
): Promise<string | undefined> {
  const isNamed = node_id === undefined || node_id === "";
  const filter = isNamed ? { candidate_name } : { node_id };
  const found = await candidates.list(filter, { charts: false });
  return found.find((one) => !isNamed || (one.node_id ?? "") === "")?._id;
}

function filterOf(query: z.infer<typeof listQuery>): CandidateFilter {
  const { active, candidate_name, ip, node_id } = query;
  return {
    ...(isTrue(active) ? { liveness: "alive" as const } : {}),
    ...(candidate_name === undefined ? {} : { candidate_name }),
    ...(ip === undefined ? {} : { ip }),
    ...(node_id === undefined ? {} : { node_id }),
  };
}
