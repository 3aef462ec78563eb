import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import { withAddresses } from "../domain/describe-node.ts";
import type { NodeFigures } from "../domain/figures.ts";
import type { HostReader } from "../host/host-reader.ts";
import type { Network } from "../network/ports.ts";

export interface NodeFiguresDeps {
  host: HostReader;
  /** What can be run at this moment. */
  virtualization(): string[];
  network: Pick<Network, "capacity">;
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

/** Looks at the machine once a second, for one connection. */
export interface NodeFiguresLoop extends Loop {
  latest(): NodeFigures | undefined;
  memoryTotalMb(): number | undefined;
}

export function createNodeFiguresLoop(deps: NodeFiguresDeps): NodeFiguresLoop {
  const { host } = deps;
  // A change of address ends the connection, and with it this loop.
  const { ip } = host.facts();
  let latest: NodeFigures | undefined;
  let totalMb: number | undefined;
  const look = async (): Promise<void> => {
    const { resources, allocatable, memoryTotalMb } = await host.load();
    latest = {
      ...resources,
      ...(ip !== undefined && { ip }),
      allocatable: withAddresses(allocatable, deps.network.capacity()),
    };
    totalMb = memoryTotalMb;
  };
  return {
    ...createLoop({ ...deps, name: "node-figures", everyMs: 1_000, run: look }),
    latest: () => latest && { ...latest, virtualization: deps.virtualization() },
    memoryTotalMb: () => totalMb,
  };
}
