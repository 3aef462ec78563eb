import type { Collection, Db } from "mongodb";
import type { AddressRecord, ClusterRecord, RouteRecord } from "../ports.ts";

/** Collection `addresses`, keyed by the address: two holders of one are impossible. */
export type AddressDocument = Omit<AddressRecord, "address"> & { _id: string };

/** Collection `pools`: how far each has come. */
export interface PoolDocument {
  _id: string;
  next: string;
}

export interface Collections {
  addresses: Collection<AddressDocument>;
  pools: Collection<PoolDocument>;
  routes: Collection<RouteRecord>;
  clusters: Collection<ClusterRecord>;
}

/** Asked for at each use, because the client behind it may be a new one after a restart of the service. */
export type GetCollections = () => Collections;

/** Makes the objects once for each database object: the driver works out its options anew for each. */
export function createGetCollections(currentDb: () => Db): GetCollections {
  let known: { db: Db; collections: Collections } | undefined;
  return () => {
    const db = currentDb();
    if (known?.db !== db) known = { db, collections: collectionsOf(db) };
    return known.collections;
  };
}

export function collectionsOf(db: Db): Collections {
  return {
    addresses: db.collection("addresses"),
    pools: db.collection("pools"),
    routes: db.collection("routes"),
    clusters: db.collection("clusters"),
  };
}
