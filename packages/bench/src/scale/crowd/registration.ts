import { NodeRegistered, type NodeRegistration } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";

/** Where workers join. */
export interface ClusterDoor {
  /** @param password of an earlier registration */
  register(registration: NodeRegistration, password?: string): Promise<NodeRegistered>;
  close(): void;
}

/** A storm of registrations takes as long as it takes. */
const timeoutMs = 60_000;

export function createClusterDoor(baseUrl: string): ClusterDoor {
  const client = createHttpClient({ baseUrl, timeoutMs });
  return {
    register: (body, password) =>
      client.request({
        method: "POST",
        path: "/api/node/register",
        body,
        schema: NodeRegistered,
        ...(password !== undefined && { headers: { authorization: `Bearer ${password}` } }),
      }),
    close: () => client.close(),
  };
}
