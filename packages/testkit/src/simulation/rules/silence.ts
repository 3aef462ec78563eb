import { SILENCE } from "../hurried-times.ts";
import type { Report, Rule } from "../judge.ts";
import type { ClusterNode, World } from "../world.ts";

/** How long a write may be under way. */
const LATE_MS = 2010;

/** Nobody is declared lost by a cluster that could not have heard it. */
export function createSilenceRules(world: World, report: Report): Rule {
  for (const cluster of world.clusters.values()) {
    cluster.disk.candidates.onChange((id, before, after) => {
      if (after?.liveness !== "lost" || before === undefined || before.liveness === "lost") return;
      const reason = deafness(world, cluster);
      if (reason !== undefined) report(`${cluster.name} gave up ${id} while ${reason}`);
    });
  }
  return {};
}

/** Why silence proves nothing at the moment. */
function deafness({ time }: World, { process, broker }: ClusterNode): string | undefined {
  // An older database that is put back says so for itself.
  if (process === undefined) return undefined;
  const heardForMs = time.nowMs() - process.life.startedAtMs;
  if (heardForMs < SILENCE.timeoutMs + SILENCE.reconnectMs) return "it had just started";
  // A verdict from before may be stored late.
  const isDown =
    broker.upSinceMs === undefined && time.nowMs() - (broker.downSinceMs ?? 0) > LATE_MS;
  return isDown ? "its broker was down" : undefined;
}
