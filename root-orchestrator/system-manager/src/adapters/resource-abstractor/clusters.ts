import { Candidate } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { z } from "zod";
import type { ClusterDirectory } from "../../ports/clusters.ts";

const list = z.array(Candidate);

/** At the root, the candidates of the resource abstractor are clusters. */
export function createClusterClient(client: HttpClient): ClusterDirectory {
  return { list: () => client.request({ path: "/api/v1/resources", schema: list }) };
}
