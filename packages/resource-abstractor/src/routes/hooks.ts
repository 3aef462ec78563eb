import { Hook, HookCreate, HookDelivery, HookPatch, HookWithSecret } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import {
  createHook,
  knownHook,
  type ManageHooksDeps,
  patchHook,
  removeHook,
  testHook,
} from "../use-cases/hooks/manage-hooks.ts";
import { idParams } from "./params.ts";

/** upstream: resource abstractor, `/api/v1/hooks`. */
export function addHookRoutes(app: HttpApp, deps: ManageHooksDeps): void {
  const tags = ["hooks"];
  const { book } = deps;
  const path = "/hooks/:id";

  app.get("/hooks", { schema: { tags, response: { 200: z.array(Hook) } } }, async () =>
    book.all().map((hook) => book.view(hook)),
  );
  app.post(
    "/hooks",
    { schema: { tags, body: HookCreate, response: { 201: HookWithSecret } } },
    async ({ body }, reply) => {
      const made = await createHook(deps, body);
      reply.code(201);
      return made;
    },
  );
  app.get(path, { schema: { tags, params: idParams, response: { 200: Hook } } }, async (request) =>
    book.view(knownHook(book, request.params.id)),
  );
  app.patch(
    path,
    { schema: { tags, params: idParams, body: HookPatch, response: { 200: HookWithSecret } } },
    ({ params, body }) => patchHook(deps, params.id, body),
  );
  app.delete(path, { schema: { tags, params: idParams } }, async ({ params }, reply) => {
    await removeHook(deps, params.id);
    return reply.code(204).send();
  });
  app.get(
    "/hooks/:id/deliveries",
    {
      schema: {
        tags,
        summary: "What was told last, newest first",
        params: idParams,
        response: { 200: z.array(HookDelivery) },
      },
    },
    async ({ params }) => knownHook(book, params.id).log.entries(),
  );
  app.post(
    "/hooks/:id/test",
    {
      schema: {
        tags,
        summary: "Sends a ping, and answers how that went",
        params: idParams,
        response: { 200: HookDelivery },
      },
    },
    ({ params }) => testHook(deps, params.id),
  );
}
