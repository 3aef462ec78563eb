import { isDeepStrictEqual } from "node:util";
import { comparePairs } from "@oak/core";
import { commonErrors, isDuplicateKey } from "@oak/kit";
import type { RouteRecord, RouteStore } from "../ports.ts";
import type { GetCollections } from "./documents.ts";

const mostAttempts = 5;

/** Collection `routes`: one document an instance and cluster, written by report intake only. */
export function createRouteStore(collections: GetCollections): RouteStore {
  const routes = () => collections().routes;
  return {
    ofJobs: (jobIds) =>
      routes()
        .find({ job_id: { $in: [...jobIds] } })
        .toArray(),
    put: async (route) => {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const outcome = await tryPut(routes(), route);
        if (outcome !== "crossed") return outcome === "stored";
      }
      throw commonErrors.unavailable("Too many reports of one instance at once");
    },
    remove: async (ids) => {
      if (ids.length > 0) await routes().deleteMany({ _id: { $in: [...ids] } });
    },
  };
}

type Routes = ReturnType<GetCollections>["routes"];

async function tryPut(
  routes: Routes,
  route: RouteRecord,
): Promise<"stored" | "unchanged" | "crossed"> {
  const stored = await routes.findOne({ _id: route._id });
  if (stored === null) return insert(routes, route);
  if (comparePairs(route, stored) < 0 || isSame(route, stored)) return "unchanged";
  // Of the version that was read: of two reports that cross, the higher pair must stay.
  const { epoch, placement } = stored;
  const { matchedCount } = await routes.replaceOne(
    { _id: route._id, epoch, placement },
    withoutId(route),
  );
  return matchedCount === 1 ? "stored" : "crossed";
}

async function insert(routes: Routes, route: RouteRecord): Promise<"stored" | "crossed"> {
  try {
    await routes.insertOne(route);
    return "stored";
  } catch (error) {
    if (isDuplicateKey(error)) return "crossed";
    throw error;
  }
}

const facts = [
  ...(["epoch", "placement", "cluster_id", "worker_id"] as const),
  ...(["namespace_ip", "namespace_ip_v6", "host_ip", "host_port"] as const),
];

function isSame(left: RouteRecord, right: RouteRecord): boolean {
  return (
    facts.every((fact) => left[fact] === right[fact]) &&
    isDeepStrictEqual(left.wireguard, right.wireguard)
  );
}

function withoutId({ _id, ...rest }: RouteRecord): Omit<RouteRecord, "_id"> {
  return rest;
}
