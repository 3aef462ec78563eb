import type { ClusterRegistration } from "@oak/contracts";
import type { Clock, ListenAddress, Logger, Metrics, Secret } from "@oak/kit";
import type { BrokerAddress } from "@oak/tier/mqtt";
import type { BrokerAdmin } from "./use-cases/register-worker.ts";

export interface ClusterManagerOptions {
  name: string;
  /** `lat,lon,radius` or free text */
  location?: string;
  listen: ListenAddress;
  /** Where the root can dial this cluster; absent: it cannot, and need not. */
  advertised?: Required<Pick<ClusterRegistration, "ip" | "port">> &
    Pick<ClusterRegistration, "broker_port" | "network_port">;
  /** The service owns this database name alone. */
  database: { url: string | Secret; name: string };
  /** `OAK_TIER_SECRET`: shared by the services of this cluster. */
  tierSecret: string | Secret;
  /** With which workers join; absent: made at the first start. */
  workerJoinSecret?: Secret;
  /** Told the secret that was made, once. */
  onNewJoinSecret?(secret: string): void;
  /** Base URLs, as `createHttpClient` takes them. */
  resourceAbstractorUrl: string;
  schedulerUrl: string;
  /** The root; absent: a cluster on its own. `joinSecret` is needed for the first registration. */
  root?: { url: string; joinSecret?: Secret };
  broker: BrokerAddress;
  brokerAdmin: BrokerAdmin;
  /** what workers are told to connect to; by default the broker's own port */
  advertisedBrokerPort?: number;
  workerTimeoutMs?: number;
  heartbeatMs?: number;
  /** After a restart of the broker, agents come back within this time. */
  reconnectSpreadMs?: number;
  /** Workers of older versions join without proof. */
  allowInsecureJoin?: boolean;
  logger: Logger;
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
}

export const defaults = { workerTimeoutMs: 5_000, heartbeatMs: 1_000, reconnectSpreadMs: 5_000 };

/** How long copies that may still run are waited for after a start, before anything is placed. */
export const learnS = 10;
