import { setTimeout as delay } from "node:timers/promises";
import { containersOf } from "@oak/testkit";
import type Docker from "dockerode";
import type { Preparations } from "../system-contender.ts";

const sharing = "container:";
const pollMs = 25;
const patienceMs = 60_000;

/**
 * The namespaces that a node-engine has made in advance, seen from Docker.
 * @param size OAK_NETWORK_POOL of that engine
 */
export function followNamespacePool(
  docker: Docker,
  { engineId, size }: { engineId: string; size: number },
): Preparations {
  // One that has been used may stand for a while after its workload has gone, and looks like an unused one.
  const used = new Set<string>();
  const isFull = async (): Promise<boolean> => {
    const containers = await containersOf(engineId, docker);
    const unused = containers.filter(({ Id, State }) => State === "running" && !used.has(Id));
    return containers.length === size && unused.length === size;
  };
  return {
    noteTaken: async () => {
      for (const { HostConfig } of await containersOf(engineId, docker)) {
        const { NetworkMode = "" } = HostConfig;
        if (NetworkMode.startsWith(sharing)) used.add(NetworkMode.slice(sharing.length));
      }
    },
    untilReady: async () => {
      const deadlineMs = performance.now() + patienceMs;
      while (!(await isFull())) {
        if (performance.now() > deadlineMs) throw new Error("The pool is not filled again");
        await delay(pollMs);
      }
    },
  };
}
