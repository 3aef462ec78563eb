import { NetUpdates, RootMembership, TableService, WorkerSubnet } from "@oak/contracts";
import { type ClientRequest, type HttpClient, HttpError, pathOf } from "@oak/kit";
import type { z } from "zod";
import type { RootNetwork } from "../ports.ts";

export interface RootNetworkDeps {
  /** To the root's network-manager, without credentials. */
  root: HttpClient;
  /** To the cluster-manager, with the tier secret. */
  clusterManager: HttpClient;
}

export interface RootNetworkClient extends RootNetwork {
  /** As the root knows this cluster; undefined until it was asked for once. */
  clusterId(): string | undefined;
  /** Undefined while the cluster-manager does not know or does not answer. */
  membership(): Promise<RootMembership | undefined>;
}

/**
 * Speaks to the root's network-manager with the token of this cluster, which the cluster-manager has. A token that
 * is refused is asked for again at the next call.
 */
export function createRootNetwork({ root, clusterManager }: RootNetworkDeps): RootNetworkClient {
  let membership: RootMembership | undefined;
  let clusterId: string | undefined;

  const current = async (): Promise<RootMembership> => {
    membership ??= await clusterManager.request({ path: "/api/v1/root", schema: RootMembership });
    clusterId = membership.cluster_id;
    return membership;
  };
  const request = async <Schema extends z.ZodType | undefined = undefined>(
    wanted: ClientRequest<Schema>,
  ) => {
    const headers = { authorization: `Bearer ${(await current()).token}` };
    try {
      return await root.request({ ...wanted, headers });
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) membership = undefined;
      throw error;
    }
  };
  const subnet = (workerId: string) => ({
    path: "/api/net/subnet",
    query: { worker_id: workerId },
  });
  return {
    clusterId: () => clusterId,
    membership: () => current().catch(() => undefined),
    find: (key) => {
      const what = "name" in key ? pathOf(key.name) : pathOf("ip", key.ip);
      const path = `/api/net/service${what}/instances`;
      return unlessUnknown(request({ path, schema: TableService }));
    },
    forget: async (jobName) => {
      await request({ method: "DELETE", path: `/api/net/interest${pathOf(jobName)}` });
    },
    report: async (body) => {
      const path = "/api/net/service/net_deploy_status";
      return (await unlessUnknown(request({ method: "POST", path, body }))) !== undefined;
    },
    lease: (workerId) => request({ ...subnet(workerId), schema: WorkerSubnet }),
    giveBack: async (workerId) => {
      await request({ method: "DELETE", ...subnet(workerId) });
    },
    offer: async (body) => {
      const path = "/api/net/tunnel/offer";
      return (await unlessUnknown(request({ method: "POST", path, body }))) !== undefined;
    },
    updates: (since, waitS, signal) =>
      request({
        path: "/api/net/updates",
        query: { since, wait: waitS },
        schema: NetUpdates,
        timeoutMs: (waitS + 5) * 1_000,
        signal,
      }),
  };
}

/** Only what the root says of a service or an instance: other 404s are faults. */
async function unlessUnknown<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    const isUnknown = error instanceof HttpError && unknownCodes.has(error.code ?? "");
    if (isUnknown) return undefined;
    throw error;
  }
}

const unknownCodes: ReadonlySet<string> = new Set(["service_unknown", "instance_unknown"]);
