import { type Authenticator, errorBodySchema, type HttpApp, requirePrincipal } from "@oak/kit";
import { z } from "zod";
import type { WorkerCredentialStore } from "../store/worker-credentials.ts";
import { checkCredential } from "../use-cases/check-credential.ts";

const Credential = z.object({
  username: z.string().min(1).max(128),
  password: z.string().max(512),
});

const CredentialOwner = z
  .object({ kind: z.enum(["worker", "none"]), id: z.string().exactOptional() })
  .meta({ id: "CredentialOwner" });

export interface CredentialRouteDeps {
  authenticator: Authenticator;
  credentials: Pick<WorkerCredentialStore, "findByWorker">;
}

/** `POST /api/v1/credentials/check`: the broker asks who wants to connect. Refused is 200 as well. */
export function addCredentialRoutes(
  app: HttpApp,
  { authenticator, credentials }: CredentialRouteDeps,
): void {
  app.post(
    "/api/v1/credentials/check",
    {
      onRequest: requirePrincipal(authenticator, "tier"),
      schema: {
        tags: ["internal"],
        body: Credential,
        response: { 200: CredentialOwner, 401: errorBodySchema },
      },
    },
    async ({ body }) => {
      const id = await checkCredential(credentials, body);
      return id === undefined ? { kind: "none" as const } : { kind: "worker" as const, id };
    },
  );
}
