import type { ClusterFigures } from "@oak/contracts";
import { aggregate } from "@oak/core";
import type { TierDisk } from "./tier-disk.ts";

/** The cluster's figures, made anew when a worker's document has changed. */
export function createFigures(disk: TierDisk): () => ClusterFigures {
  let figures: ClusterFigures | undefined;
  disk.candidates.onChange((_id, before, after) => {
    // What is counted for a worker says nothing about its room.
    const isSame = before?.holds === after?.holds && before?.liveness === after?.liveness;
    if (!isSame || before === undefined || after === undefined) figures = undefined;
  });
  return () => {
    figures ??= aggregate([...disk.candidates.values()]);
    return figures;
  };
}
