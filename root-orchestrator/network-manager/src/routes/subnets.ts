import { WorkerSubnet } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { AddressBook } from "../use-cases/give-addresses.ts";
import { responses, says } from "./answers.ts";
import { clusterOf, type Gates } from "./gates.ts";

export interface SubnetRouteDeps {
  gates: Gates;
  book: Pick<AddressBook, "give" | "takeBack">;
  newId: () => string;
}

const tags = ["subnets"];
const workerId = z.string().min(1).max(64);

/** A worker's subnet stays the same for as long as its cluster keeps it. */
export function addSubnetRoutes(app: HttpApp, { gates, book, newId }: SubnetRouteDeps): void {
  app.get(
    "/api/net/subnet",
    {
      onRequest: gates.cluster,
      schema: {
        tags,
        summary: "Lease the subnet of a worker",
        querystring: z.object({
          worker_id: workerId
            .exactOptional()
            .describe("absent, as upstream has it: a new one at each call"),
        }),
        response: responses(WorkerSubnet, 401, 503, 507),
      },
    },
    async (request) => {
      const worker = request.query.worker_id ?? newId();
      const holder = { kind: "worker", clusterId: clusterOf(request), workerId: worker } as const;
      const { v4, v6 } = await book.give(holder);
      return { subnet_addr: v4, subnet_addr_v6: v6 };
    },
  );
  app.delete(
    "/api/net/subnet",
    {
      onRequest: gates.cluster,
      schema: {
        tags,
        summary: "Return the subnet of a worker that is gone; once is as good as twice",
        querystring: z.object({ worker_id: workerId }),
        response: says("subnet returned", 401, 503),
      },
    },
    async (request) => {
      const clusterId = clusterOf(request);
      await book.takeBack({ kind: "worker", clusterId, workerId: request.query.worker_id });
      return "subnet returned" as const;
    },
  );
}
