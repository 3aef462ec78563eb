import { Hook, HookCreate, HookDelivery, HookPatch, HookWithSecret, Id } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { Hooks } from "../ports/extensions.ts";
import { responses } from "./answers.ts";
import type { Gate, Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface HookRoutesDeps {
  hooks: Hooks;
  gates: Gates;
}

const tags = ["hooks"];
const params = z.object({ id: Id.describe("of the hook") });
const Done = z.object({ message: z.literal("ok") });
const paging = createPaging({
  id: (hook: Hook) => hook._id,
  fields: ["hook_name", "webhook_url", "entity", "state", "created_at"],
});
const deliveryPaging = createPaging({
  id: (delivery: HookDelivery) => delivery.id,
  fields: ["event", "entity_id", "outcome", "at"],
});

/** Hooks of the root, for administrators: a hook sees and changes what everybody writes. */
export function addHookRoutes(app: HttpApp, deps: HookRoutesDeps): void {
  const { hooks, gates } = deps;
  const onRequest = [gates.userStrict, gates.admin];
  app.get(
    "/api/hooks",
    {
      onRequest,
      schema: {
        tags,
        summary: "All hooks",
        querystring: paging.query,
        response: responses(z.array(Hook), 401, 403, 422, 503),
      },
    },
    async (request, reply) => paging.page(request, reply, await hooks.list()),
  );
  app.post(
    "/api/hooks",
    {
      onRequest,
      schema: {
        tags,
        summary: "Register a hook",
        description:
          "`pre_` events are asked before a write and may change or refuse it, `post_` events are told after it. The key of the signatures (`x-oak-signature`) is in this answer alone.",
        body: HookCreate,
        response: responses(HookWithSecret, 401, 403, 409, 422, 503),
      },
    },
    ({ body }) => hooks.create(body),
  );
  addSingleRoutes(app, { ...deps, onRequest });
}

type Guarded = HookRoutesDeps & { onRequest: Gate[] };

function addSingleRoutes(app: HttpApp, { hooks, onRequest }: Guarded): void {
  const path = "/api/hooks/:id";
  app.get(
    path,
    {
      onRequest,
      schema: {
        tags,
        summary: "One hook",
        params,
        response: responses(Hook, 401, 403, 404, 422, 503),
      },
    },
    ({ params: { id } }) => hooks.find(id),
  );
  app.patch(
    path,
    {
      onRequest,
      schema: {
        tags,
        summary: "Change a hook, or exchange its key",
        params,
        body: HookPatch,
        response: responses(HookWithSecret, 401, 403, 404, 409, 422, 503),
      },
    },
    ({ params: { id }, body }) => hooks.patch(id, body),
  );
  app.delete(
    path,
    {
      onRequest,
      schema: {
        tags,
        summary: "Remove a hook, with what it was not told yet",
        params,
        response: responses(Done, 401, 403, 404, 422, 503),
      },
    },
    async ({ params: { id } }) => {
      await hooks.remove(id);
      return { message: "ok" as const };
    },
  );
  app.get(
    `${path}/deliveries`,
    {
      onRequest,
      schema: {
        tags,
        summary: "What the hook was told last, and what came of it; newest first",
        params,
        querystring: deliveryPaging.query,
        response: responses(z.array(HookDelivery), 401, 403, 404, 422, 503),
      },
    },
    async (request, reply) =>
      deliveryPaging.page(request, reply, await hooks.deliveries(request.params.id)),
  );
  app.post(
    `${path}/test`,
    {
      onRequest,
      schema: {
        tags,
        summary: "Send the hook a ping, and see how that goes",
        params,
        response: responses(HookDelivery, 401, 403, 404, 422, 503),
      },
    },
    ({ params: { id } }) => hooks.test(id),
  );
}
