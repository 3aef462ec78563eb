import { type Clock, createLoop, type HttpClient, type Logger, type Metrics } from "@oak/kit";
import { createClusterDialler } from "./adapters/cluster-dialler.ts";
import { createClusterCandidates } from "./adapters/resource-abstractor/cluster-candidates.ts";
import { reachabilityEvent } from "./domain/events/names.ts";
import type { Events } from "./ports/events.ts";
import {
  type AddressChecks,
  type ClusterDialler,
  createAddressChecks,
} from "./use-cases/check-addresses.ts";

export interface AddressPartOptions {
  /** To the resource abstractor of the root. */
  abstractor: HttpClient;
  /** By the network itself unless a test brings its own. */
  dialler?: ClusterDialler;
  events: Events;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

/** The checks of the addresses of clusters, as a part that runs in the background: nobody waits for it. */
export interface AddressPart extends Pick<AddressChecks, "removed" | "of"> {
  registered(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How soon somebody who is due is looked at. */
const everyMs = 5_000;

export function createAddressPart(options: AddressPartOptions): AddressPart {
  const { clock } = options;
  const log = options.logger.child({ component: "addresses" });
  const checks = createAddressChecks({
    candidates: createClusterCandidates(options.abstractor),
    dialler: options.dialler ?? createClusterDialler(),
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    metrics: options.metrics,
    log,
    onFound: (cluster, found) => {
      const event = reachabilityEvent(cluster, found);
      if (event !== undefined) options.events.record(event);
    },
  });
  const loop = createLoop({
    ...options,
    logger: log,
    name: "cluster-addresses",
    everyMs,
    run: checks.run,
  });
  return {
    start: loop.start,
    stop: loop.stop,
    registered: () => {
      checks.hint();
      loop.trigger();
    },
    removed: checks.removed,
    of: checks.of,
  };
}
