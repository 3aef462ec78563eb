import type { NamedCopy } from "@oak/contracts";
import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import { changedFigures, type NodeFigures } from "../domain/figures.ts";
import type { BrokerConnection } from "../ports.ts";
import type { ClusterFollower } from "../use-cases/follow-cluster.ts";

export interface HeartbeatDeps {
  follower: Pick<ClusterFollower, "heartbeat">;
  /** The newest figures; undefined before the first look at the machine. Must not wait for anything. */
  figures(): NodeFigures | undefined;
  /** Copies that a move has left, and to which no connection is open any more. */
  idle(): readonly NamedCopy[];
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

/** Everything is told this often, for a cluster that was restarted meanwhile. */
const refreshMs = 15_000;
/** One heartbeat in so many asks for an answer, which costs the broker a third of what a heartbeat costs. */
const askOnceIn = 2;

/**
 * The heartbeat of one connection: the numbers each time, figures when they changed. It reads nothing
 * itself, so that a disk that hangs does not make a living worker look dead.
 */
export function createHeartbeat(
  deps: HeartbeatDeps,
  connection: Pick<BrokerConnection, "send" | "ask">,
  everyMs: number,
): Loop {
  const { follower, clock } = deps;
  let told: NodeFigures | undefined;
  let toldAllAtMs = 0;
  let beats = 0;

  const beat = (): void => {
    const nowMs = clock.monotonicMs();
    const isRefresh = told === undefined || nowMs - toldAllAtMs >= refreshMs;
    const now = deps.figures();
    const changed = now && changedFigures(isRefresh ? undefined : told, now);
    if (changed !== undefined) {
      told = { ...told, ...changed };
      if (isRefresh) toldAllAtMs = nowMs;
    }
    const idle = [...deps.idle()];
    const news = { ...changed, ...(idle.length > 0 && { idle }) };
    connection.send("information", { ...news, ...follower.heartbeat() }, { qos: 0 });
    // Nothing else tells that heartbeats arrive: they are not acknowledged.
    if (beats % askOnceIn === 0) connection.ask();
    beats += 1;
  };

  return createLoop({
    ...deps,
    name: "heartbeat",
    everyMs,
    jitter: 0.05,
    run: async () => beat(),
  });
}
