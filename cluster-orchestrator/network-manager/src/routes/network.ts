import { JobName, JobUpdate, NetDeployment } from "@oak/contracts";
import { type Authenticator, errorBodySchema, type HttpApp, requirePrincipal } from "@oak/kit";
import { z } from "zod";
import type { ServiceBook } from "../domain/service-book.ts";
import { errors } from "../errors.ts";
import type { Resolve } from "../use-cases/resolve.ts";

export interface NetworkRouteDeps {
  /** Recognises services of this cluster, and (as a cluster) the root. */
  authenticator: Authenticator;
  resolve: Resolve;
  services: ServiceBook;
  push(update: JobUpdate): Promise<void>;
  /** There may be something to tidy. */
  onRemoved(): void;
}

const tags = ["network"];
const config = { validationStatus: 400 };
const refusals = { 400: errorBodySchema, 401: errorBodySchema, 503: errorBodySchema };

/** upstream: cluster service manager, the three routes that are left of it. */
export function addNetworkRoutes(app: HttpApp, deps: NetworkRouteDeps): void {
  const tier = requirePrincipal(deps.authenticator, "tier");
  app.post(
    "/api/net/deployment",
    {
      onRequest: tier,
      config,
      schema: {
        tags,
        summary: "A service is about to run here; it happens by itself a moment later",
        body: NetDeployment,
        // upstream: spelt like this
        response: { 200: z.literal("job stored succesfully"), 404: errorBodySchema, ...refusals },
      },
    },
    async ({ body }) => {
      const service = await deps.resolve({ sname: body.job_name, sip: "" });
      if (service === undefined) throw errors.service_unknown(`No service ${body.job_name}`);
      return "job stored succesfully" as const;
    },
  );
  app.delete(
    "/api/net/deployment/:job_name",
    {
      onRequest: tier,
      config,
      schema: {
        tags,
        summary: "A service runs here no more; forgotten as soon as no worker asks for it",
        params: z.object({ job_name: JobName }),
        response: { 200: z.literal("job removed succesfully"), ...refusals },
      },
    },
    async () => {
      deps.onRemoved();
      return "job removed succesfully" as const;
    },
  );
  app.post(
    "/api/net/job/update",
    {
      onRequest: requirePrincipal(deps.authenticator, "tier", "cluster"),
      config,
      schema: {
        tags,
        summary: "Something about a service has changed; by the root. Stored when this is answered",
        body: JobUpdate,
        response: { 200: z.literal("update notification received"), ...refusals },
      },
    },
    async ({ body }) => {
      await deps.push(body);
      return "update notification received" as const;
    },
  );
}
