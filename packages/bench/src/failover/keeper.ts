/** A process of a workload, and what it runs on. */
export interface Copy {
  containerId: string;
  pid: number;
  workerName: string;
}

/**
 * Something that keeps one workload running, on one of two workers if it has as many. Times are milliseconds;
 * what it cannot do is absent.
 */
export interface Keeper {
  readonly name: string;
  /** Makes the workload run, without a past. */
  begin(): Promise<unknown>;
  /** Takes the workload away. */
  end(): Promise<void>;
  /** Kills the process. Answers the time until another process of the workload runs. */
  killWorkload(): Promise<number>;
  /** Stops the worker as a hung machine stops. Answers the time until the workload runs on the other one. */
  silence?(): Promise<number>;
  /** Kills all of the worker at once. Answers the time until the workload runs on the other one. */
  powerOff?(): Promise<number>;
  /** Kills the agent and starts it again, nothing else. Answers whether the workload went on untouched. */
  killAgent?(): Promise<boolean>;
}
