import type { OnDisconnect } from "@oak/contracts";
import type { NetworkFaults } from "./network.ts";
import type { UpdatesScenario } from "./rollout-scenario.ts";
import type { StoreFaults } from "./tier-store.ts";

/** What happens to a database once everything has settled. */
export const DISASTERS = [
  "none",
  "cluster-restore",
  "cluster-wipe",
  "root-restore",
  "root-wipe",
] as const;
export type Disaster = (typeof DISASTERS)[number];

/** What befalls the system now and then. */
export const MISHAPS = [
  "kill",
  "killStorm",
  "exile",
  "freeze",
  "powerCut",
  "linkCut",
  "longCut",
  "flapping",
  "stall",
  "brokerOutage",
  "workloadDeath",
  "clockStep",
] as const;
export type Mishap = (typeof MISHAPS)[number];

/** Something is taken out of the system by command, once. */
export interface Removal {
  of: "worker" | "cluster";
  /** for a cluster: its place */
  cluster: number;
  atMs: number;
  /** it was only cut off, and joins again later with all that it still runs */
  isComingBack: boolean;
}

export interface DrawnService {
  isOneShot: boolean;
  /** absent: the default of each tier */
  onDisconnect?: OnDisconnect;
}

/** What one seed plays: sizes, rates of faults, and what is asked for. Times are virtual milliseconds. */
export interface Scenario {
  /** cores of each worker of each cluster; an instance takes one */
  clusters: number[][];
  services: DrawnService[];
  /** worker and service, by their places above, that do not go together */
  unfit: { cluster: number; worker: number; service: number }[];
  /** instances asked for at once, at most */
  mostMembers: number;
  faultyMs: number;
  network: NetworkFaults;
  store: StoreFaults;
  every: Record<Mishap | "request", number>;
  removal: Removal | undefined;
  /** share of requests that come as a storm */
  storms: number;
  /** share of requests that move an instance */
  moves: number;
  /** share of dead processes that stay away for longer than silence is tolerated */
  longAbsences: number;
  hasLastWills: boolean;
  /** outages end with the time of mishaps, in place of lasting on for a while */
  isRelieved: boolean;
  /** in some seeds only */
  updates: UpdatesScenario | undefined;
  disaster: Disaster;
  /** it comes among other mishaps, in place of one at a time when everything else is well */
  isStruckInTrouble: boolean;
}
