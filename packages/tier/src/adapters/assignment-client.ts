import {
  Instance,
  type InstanceChange,
  InstanceChangeOutcome,
  type SeenWrite,
} from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { z } from "zod";
import type { AssignmentStore } from "../ports.ts";
import { createBatch } from "./batch.ts";
import { unless } from "./unless.ts";

const path = "/api/v1/instances";
const InstanceList = z.array(Instance);
const ObservedAnswer = z.object({ stored: z.array(z.boolean()) });
const ChangesAnswer = z.object({ outcomes: z.array(InstanceChangeOutcome) });

/** Instances, kept by the tier's resource abstractor. What comes close together shares a request. */
export function createAssignmentClient(client: HttpClient): AssignmentStore {
  const post = <Schema extends z.ZodType>(to: string, items: unknown, schema: Schema) =>
    client.request({ method: "POST", path: `${path}/${to}`, body: { items }, schema });
  const observe = createBatch<{ _id: string; seen: SeenWrite }, boolean>(
    async (items) => (await post("seen", items, ObservedAnswer)).stored,
  );
  const change = createBatch<InstanceChange, InstanceChangeOutcome>(
    async (items) => (await post("changes", items, ChangesAnswer)).outcomes,
  );
  return {
    list: () => client.request({ path, schema: InstanceList, timeoutMs: 30_000 }),
    get: (key) =>
      client
        .request({ path: `${path}/${key}`, schema: Instance })
        .catch((error: unknown) => unless(error, 404, undefined)),
    write: async (assignment) => {
      const outcome = await change({ do: "write", ...assignment });
      return outcome === "done" ? "written" : outcome;
    },
    observe: (key, seen) => observe({ _id: key, seen }),
    remove: async (key, rev) => {
      const outcome = await change({ do: "remove", _id: key, if_version: rev });
      return outcome === "done" ? "removed" : outcome;
    },
  };
}
