import type { ClusterFigures } from "@oak/contracts";
import { aggregate } from "@oak/core";
import type { TierDisk } from "./tier-disk.ts";

/** The cluster's figures, made anew when a worker's document has changed. */
export function createFigures(disk: TierDisk): () => ClusterFigures {
  let figures: ClusterFigures | undefined;
  disk.candidates.onChange(() => {
    figures = undefined;
  });
  return () => {
    figures ??= aggregate([...disk.candidates.values()]);
    return figures;
  };
}
