import type { Clock, Logger, Metrics } from "@oak/kit";
import type { KnownService } from "../domain/known-service.ts";
import { createAnswerer } from "./answer-query.ts";
import { createForwarder } from "./forwarder.ts";
import { createHostResolvers } from "./host-resolvers.ts";
import { createListeners, type HandlePacket, type Listeners } from "./listeners.ts";
import { createShare } from "./share.ts";

export interface ResolverOptions {
  /** By job name, as it was spelt. */
  find(jobName: string): Promise<KnownService | undefined>;
  port: number;
  resolvConf: string;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

/** Names of services for the workloads of this worker; other names as the host has them. */
export interface Resolver {
  /** Listens on these addresses, UDP and TCP, in place of those before; tries again while they cannot be had. */
  listen(addresses: readonly string[]): void;
  stop(): Promise<void>;
  readonly listening: Listeners["bound"];
}

/** Each costs a socket of its own towards a resolver of the host. */
const mostPending = 512;
/** Of one workload, so that it takes nobody else's turn. */
const mostOfOne = 64;

export function createResolver(options: ResolverOptions): Resolver {
  const { find, port, clock, logger, metrics } = options;
  const queries = metrics.counter({
    name: "net_dns_queries_total",
    help: "Questions of workloads by who answered",
    labels: ["by"],
  });
  let own: readonly string[] = [];
  const hostResolvers = createHostResolvers(options.resolvConf, () => own);
  const answer = createAnswerer({
    find,
    forward: createForwarder({ servers: hostResolvers, clock }),
    clock,
    onAnswer: (by) => queries.inc({ by }),
  });
  const pending = createShare({ most: mostPending, mostOfOne });

  /** undefined: not worth an answer. */
  const handle: HandlePacket = async (packet, { protocol, address }) => {
    if (!pending.take(address)) {
      queries.inc({ by: "nobody" });
      return undefined;
    }
    try {
      return await answer(packet, protocol);
    } catch (err) {
      logger.debug({ err }, "a question was not answered");
      return undefined;
    } finally {
      pending.giveBack(address);
    }
  };

  const listeners = createListeners({ handle, port, clock, logger });
  return {
    listen: (addresses) => {
      own = addresses;
      listeners.listen(addresses);
    },
    stop: listeners.stop,
    get listening() {
      return listeners.bound;
    },
  };
}
