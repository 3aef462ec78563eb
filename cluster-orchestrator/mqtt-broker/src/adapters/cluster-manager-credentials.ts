import type { HttpClient } from "@oak/kit";
import { z } from "zod";
import type { CredentialChecker } from "../ports.ts";

const Answer = z.object({
  kind: z.enum(["worker", "none"]),
  id: z.string().exactOptional(),
});

/** Asks the cluster-manager, which gives workers their passwords: `POST /api/v1/credentials/check`. */
export function createClusterManagerCredentials(client: HttpClient): CredentialChecker {
  return {
    check: async (credential) => {
      const { kind, id } = await client.request({
        method: "POST",
        path: "/api/v1/credentials/check",
        body: credential,
        schema: Answer,
        timeoutMs: 4_000,
      });
      return kind === "worker" && id !== undefined ? { kind, id } : undefined;
    },
    forget: () => undefined,
  };
}
