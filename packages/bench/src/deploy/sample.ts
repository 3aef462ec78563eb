/** Whose deployment it is: the network is off unless it says `networked`; Docker alone has its own bridge, or nothing. */
export type ContenderName = "system" | "networked" | "docker" | "docker-none";

/** Moments of one deployment, milliseconds since it was asked for. */
export interface DeploySample {
  contender: ContenderName;
  /** the request was answered: by the root, or Docker's create */
  answered: number;
  /** Docker made the container */
  created: number;
  /** the process runs, as Docker's start event tells */
  started: number;
  /** the root says RUNNING; for Docker alone: its start call has answered */
  running: number;
}

/** One side of the comparison. */
export interface Contender {
  /** Deploys once, takes the moments, and takes everything of it away again. */
  measure(): Promise<DeploySample>;
}

/** Moments of several deployments that were asked for at once, milliseconds since then. */
export interface CrowdSample {
  contender: ContenderName;
  /** each one's process runs, in the order in which they came */
  started: readonly number[];
}

/** A side that can also be asked for many at once. */
export interface CrowdContender extends Contender {
  measureCrowd(size: number): Promise<CrowdSample>;
}
