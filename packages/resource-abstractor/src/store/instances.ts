import type { Instance } from "@oak/contracts";
import type { ChangeFeed } from "@oak/kit";
import type { Filter } from "mongodb";
import type { InstanceStore } from "../ports.ts";
import { type GetCollections, withoutCharts } from "./collections.ts";
import { createInstanceChanges } from "./instance-changes.ts";
import { createObservationWrites } from "./observations.ts";
import { createOrderMemory } from "./order-memory.ts";

export interface InstanceStoreDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
}

type Slim = Omit<Instance, "cpu_history" | "memory_history">;

/** Collection `instances`. */
export function createInstanceStore({ collections, feed }: InstanceStoreDeps): InstanceStore {
  const instances = () => collections().instances;
  const memory = createOrderMemory();
  const slim = async (filter: Filter<Instance>): Promise<Instance[]> => {
    const found = await instances().find<Slim>(filter, { projection: withoutCharts }).toArray();
    return found.map(withEmptyCharts);
  };

  return {
    all: () => slim({}),
    byIds: (ids) => slim({ _id: { $in: [...ids] } }),
    list: (filter) => slim({ ...filter }),
    ofJobs: (jobIds, { charts }) => {
      const filter = { job_id: { $in: [...jobIds] } };
      return charts ? instances().find(filter).toArray() : slim(filter);
    },
    find: async (id) => (await instances().findOne({ _id: id })) ?? undefined,
    versionOf: async (id) =>
      (await instances().findOne({ _id: id }, { projection: { rev: 1 } }))?.rev,
    changeAll: createInstanceChanges({ collections, feed, memory }),
    ...createObservationWrites({ collections, feed, memory }),
  };
}

function withEmptyCharts(document: Slim): Instance {
  return { ...document, cpu_history: [], memory_history: [] };
}
