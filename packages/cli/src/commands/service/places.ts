import { type Doc, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";

/** Where instances are, in words for people: their documents name clusters and nodes by id. */
export interface Places {
  clusterOf(instance: Doc): string | undefined;
  nodeOf(instance: Doc): string | undefined;
}

/** A root asks its clusters, and one may be away: names are not worth the wait. */
const patienceMs = 1_000;

/** Of the moment; ids stand for what is not known in time, or not shown to this account. Fails never. */
export async function knownPlaces(api: Api): Promise<Places> {
  const nodes = await listNodes(api);
  const clusters = new Map(
    nodes.map((node) => [textAt(node, "cluster_id"), textAt(node, "cluster_name")] as const),
  );
  const names = new Map(nodes.map((node) => [idAt(node), textAt(node, "name")] as const));
  return {
    clusterOf: (instance) =>
      textAt(instance, "cluster_name") ?? named(clusters, textAt(instance, "cluster_id")),
    nodeOf: (instance) =>
      textAt(instance, "worker_name") ?? named(names, textAt(instance, "worker_id")),
  };
}

function named(
  names: ReadonlyMap<string | undefined, string | undefined>,
  id: string | undefined,
): string | undefined {
  return names.get(id) ?? id;
}

async function listNodes(api: Api): Promise<Doc[]> {
  let timer: NodeJS.Timeout | undefined;
  const nobody = new Promise<Doc[]>((resolve) => {
    timer = setTimeout(resolve, patienceMs, []);
  });
  const asked = api.list("/api/nodes").catch(() => []);
  return Promise.race([asked, nobody]).finally(() => clearTimeout(timer));
}
