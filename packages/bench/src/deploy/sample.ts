/** Moments of one deployment, milliseconds since it was asked for. */
export interface DeploySample {
  contender: "system" | "docker";
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
