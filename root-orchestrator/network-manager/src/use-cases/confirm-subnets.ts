import { type Address, formatAddress, holderKey, POOLS, parseAddress, subnetBase } from "@oak/core";
import type { Clock } from "@oak/kit";
import { errors } from "../errors.ts";
import type { AddressStore, Grant, RouteRecord } from "../ports.ts";

export interface ConfirmSubnetsDeps {
  addresses: Pick<AddressStore, "find" | "insert" | "claim">;
  clock: Pick<Clock, "nowMs">;
}

/** Namespace addresses that a cluster reports, and the worker that has them. */
export type ReportedPlace = Pick<RouteRecord, "namespace_ip" | "namespace_ip_v6" | "worker_id">;

/**
 * Refuses addresses in subnets of others: tunnels lead to whole subnets, so who could name an address in that of
 * another cluster's worker would draw all packets to its workloads to himself. A subnet that is nobody's, although a
 * worker uses it, was leased before this database was lost or set back: the worker has it again, before the pool
 * gives it to somebody else.
 * @throws AppError bad_request, and then nothing was changed
 */
export type ConfirmSubnets = (clusterId: string, places: readonly ReportedPlace[]) => Promise<void>;

export function createConfirmSubnets({ addresses, clock }: ConfirmSubnetsDeps): ConfirmSubnets {
  const take = async ({ base, isFree }: Unheld, grant: Grant): Promise<void> => {
    const pool = poolOf(base);
    if (!pool.contains(base.value)) return;
    const text = formatAddress(base);
    // Whoever was quicker has it, and the next report says so.
    if (isFree) await addresses.claim(text, grant);
    else await addresses.insert(text, pool.name, grant);
  };

  return async (clusterId, places) => {
    const workers = workersByBase(places);
    const unheld: Unheld[] = [];
    for (const [text, { base, workerId }] of workers) {
      const record = await addresses.find(text);
      if (record?.cluster_id === clusterId) continue;
      if (record?.cluster_id !== undefined) {
        throw errors.bad_request(`The subnet ${text} is leased to another cluster`);
      }
      if (workerId !== undefined) unheld.push({ base, workerId, isFree: record !== undefined });
    }
    const since = Math.floor(clock.nowMs() / 1000);
    for (const one of unheld) {
      const holder = { kind: "worker", clusterId, workerId: one.workerId } as const;
      const key = holderKey(holder, one.base.family);
      await take(one, { holder: key, cluster_id: clusterId, chosen: true, since });
    }
  };
}

interface Unheld {
  base: Address;
  workerId: string;
  /** It was somebody's before. */
  isFree: boolean;
}

function workersByBase(places: readonly ReportedPlace[]) {
  const workers = new Map<string, { base: Address; workerId: string | undefined }>();
  for (const { namespace_ip: v4, namespace_ip_v6: v6, worker_id: workerId } of places) {
    for (const address of [parseAddress(v4), parseAddress(v6)]) {
      if (address === undefined) continue;
      const base = subnetBase(address);
      workers.set(formatAddress(base), { base, workerId });
    }
  }
  return workers;
}

function poolOf({ family }: Address) {
  return POOLS[family === 4 ? "subnet_v4" : "subnet_v6"];
}
