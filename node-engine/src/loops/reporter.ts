import type { NamedCopy, NodeRegistered } from "@oak/contracts";
import { comparePairs } from "@oak/core";
import { type Clock, type Composed, composeComponents, type Logger, type Metrics } from "@oak/kit";
import type { Engine } from "../engine.ts";
import type { HostReader } from "../host/host-reader.ts";
import type { Network } from "../network/ports.ts";
import type { BrokerConnection, Runtime } from "../ports.ts";
import type { ClusterFollower } from "../use-cases/follow-cluster.ts";
import { createLogTails } from "../use-cases/log-tails.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createNodeFiguresLoop } from "./node-figures.ts";
import { createWorkloadFiguresLoop } from "./workload-figures.ts";

export interface ReporterDeps {
  follower: Pick<ClusterFollower, "heartbeat" | "numbers">;
  engine: Pick<Engine, "running" | "health" | "get">;
  network: Pick<Network, "capacity" | "idle">;
  runtime: Runtime;
  host: HostReader;
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

/** Everything that is said on one connection without being asked. */
export function createReporter(
  deps: ReporterDeps,
  connection: Pick<BrokerConnection, "send" | "ask">,
  registered: Pick<NodeRegistered, "heartbeat_ms">,
): Composed {
  const { engine, runtime, clock, logger } = deps;
  const virtualization = () => offeredBy(engine, runtime);
  const figures = createNodeFiguresLoop({ ...deps, virtualization });
  const heartbeatDeps = { ...deps, figures: figures.latest, idle: () => idleCopies(deps) };
  const workloads = createWorkloadFiguresLoop(
    {
      ...deps,
      tails: createLogTails({ runtime, clock }),
      memoryTotalMb: figures.memoryTotalMb,
    },
    connection,
  );
  return composeComponents({
    logger,
    components: [
      { ...createHeartbeat(heartbeatDeps, connection, registered.heartbeat_ms), name: "heartbeat" },
      { ...figures, name: "node figures" },
      { ...workloads, name: "workload figures" },
    ],
  });
}

/** As they are held: the net-manager may have heard of a newer pair sooner or later than others. */
function idleCopies({ engine, network }: Pick<ReporterDeps, "engine" | "network">): NamedCopy[] {
  return network.idle().flatMap(({ key, pair }) => {
    const copy = engine.get(key);
    if (copy === undefined || !copy.wanted || comparePairs(copy, pair) !== 0) return [];
    const { job_id, instance_number, epoch, placement } = copy;
    return [{ job_id, instance_number, epoch, placement }];
  });
}

/** What can be run at this moment: nothing while the runtime does not answer. */
export function offeredBy(
  engine: Pick<Engine, "health">,
  runtime: Pick<Runtime, "name">,
): string[] {
  return engine.health().isRuntimeAvailable ? [runtime.name] : [];
}
