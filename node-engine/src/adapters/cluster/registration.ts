import { NodeRegistered } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import type { ClusterDoor } from "../../ports.ts";

const timeoutMs = 10_000;

/** upstream: cluster manager, `POST /api/node/register`. */
export function createClusterDoor(address: { host: string; port: number }): ClusterDoor {
  const { host, port } = address;
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const client = createHttpClient({ baseUrl: `http://${target}`, timeoutMs });
  return {
    target,
    register: (registration, { password, signal }) =>
      client.request({
        method: "POST",
        path: "/api/node/register",
        body: registration,
        schema: NodeRegistered,
        signal,
        ...(password !== undefined && { headers: { authorization: `Bearer ${password}` } }),
      }),
    close: () => client.close(),
  };
}
