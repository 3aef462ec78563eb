import { z } from "zod";

/** Where a cluster says that it is reached, and where its registration came from. */
export const Advertised = z
  .object({
    address: z.string().max(256).describe("empty: it cannot be dialled, and need not"),
    manager: z.int().exactOptional().describe("port"),
    broker: z.int().exactOptional().describe("port"),
    network: z.int().exactOptional().describe("port"),
    seen_from: z.string().describe("the other end of its connection, as the root saw it"),
  })
  .meta({ id: "Advertised" });
export type Advertised = z.infer<typeof Advertised>;

/**
 * What the root finds where a cluster says that it is. `not_advertised`: it says nothing; `refused`: an address that
 * nobody else can use, which is not dialled.
 */
export const ClusterReachability = z
  .object({
    status: z.enum(["reachable", "partly", "unreachable", "refused", "not_advertised"]),
    detail: z.string().describe("one sentence"),
    address: z.string().describe("what was looked at; empty: nothing is advertised"),
    since: z.number().describe("Unix seconds: since when the root has found this"),
  })
  .meta({ id: "ClusterReachability" });
export type ClusterReachability = z.infer<typeof ClusterReachability>;
