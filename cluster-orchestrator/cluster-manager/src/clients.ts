import { createHttpClient, revealed } from "@oak/kit";
import type { ClusterManagerOptions } from "./service-options.ts";

/** Connections to the other services; each is made when it is first needed. */
export function createClients(options: ClusterManagerOptions) {
  const headers = { authorization: `Bearer ${revealed(options.tierSecret)}` };
  const resourceAbstractor = createHttpClient({ baseUrl: options.resourceAbstractorUrl, headers });
  const scheduler = createHttpClient({ baseUrl: options.schedulerUrl, headers });
  // The root gets the cluster's own token, with each request.
  const root = options.root && createHttpClient({ baseUrl: options.root.url });
  return {
    resourceAbstractor,
    scheduler,
    root,
    start: async () => undefined,
    stop: async () => {
      for (const client of [resourceAbstractor, scheduler, root]) client?.close();
    },
  };
}

export type Clients = ReturnType<typeof createClients>;
