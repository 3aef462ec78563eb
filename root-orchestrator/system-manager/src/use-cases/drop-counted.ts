import type { Instance } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { HoldStore, Log } from "@oak/tier";

export interface CountedDrops {
  /**
   * Drops the root's holds of instances that the cluster counts in its own figures, once those are stored, so
   * that hold and room never miss both. Nobody waits for it.
   */
  begin(clusterId: string, counted: readonly Instance[], figuresStored: Promise<unknown>): void;
  /** Resolves when everything that was begun has ended. */
  idle(): Promise<void>;
}

export function createCountedDrops({
  holds,
  log,
}: {
  holds: Pick<HoldStore, "drop">;
  log: Log;
}): CountedDrops {
  const underWay = new Set<Promise<void>>();

  const drop = async (
    clusterId: string,
    counted: readonly Instance[],
    figuresStored: Promise<unknown>,
  ): Promise<void> => {
    try {
      await figuresStored;
      for (const instance of counted) await holds.drop(clusterId, instance._id, pairOf(instance));
    } catch (err) {
      log.debug({ cluster: clusterId, err }, "holds that are not needed wait for the sweep");
    }
  };

  return {
    begin: (clusterId, counted, figuresStored) => {
      if (counted.length === 0) return;
      const dropping = drop(clusterId, counted, figuresStored).finally(() => {
        underWay.delete(dropping);
      });
      underWay.add(dropping);
    },
    idle: async () => {
      await Promise.all(underWay);
    },
  };
}
