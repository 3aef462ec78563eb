import { NodeRegistered, NodeRegistration } from "@oak/contracts";
import { bearerToken, errorBodySchema, type HttpApp } from "@oak/kit";
import type { RegisterWorker } from "../use-cases/register-worker.ts";

/** upstream: cluster manager, `POST /api/node/register`. */
export function addWorkerRoutes(app: HttpApp, register: RegisterWorker): void {
  app.post(
    "/api/node/register",
    {
      schema: {
        tags: ["workers"],
        summary: "A worker joins the cluster or comes back to it",
        body: NodeRegistration,
        response: {
          200: NodeRegistered,
          401: errorBodySchema,
          403: errorBodySchema,
          409: errorBodySchema,
          422: errorBodySchema,
        },
      },
    },
    async (request) =>
      register({
        registration: request.body,
        bearer: bearerToken(request.headers),
        address: request.ip,
      }),
  );
}
