import { NETWORK_FULL } from "@oak/contracts";

/**
 * Why a workload does not run, as a constant for logs, metrics and the `reason` of a report, each with
 * the one sentence that people read in `status_detail`.
 */
export const FAULTS = {
  image_missing: "The image is not on this machine.",
  image_not_found: "The image does not exist, or this machine may not pull it.",
  image_pull_failed: "The image could not be pulled.",
  image_wrong_platform: "The image is not made for the platform of this machine.",
  port_taken: "A port that the service asks for is taken on this machine.",
  command_not_found: "The command of the service is not in the image, or cannot be executed.",
  command_crashed: "The command ended with an error.",
  command_ended: "The command ended, although the service is not one-shot.",
  out_of_memory: "The service used more memory than its limit and was killed.",
  no_space: "The disk of this machine is full.",
  device_missing: "A device that the service asks for does not exist on this machine.",
  gpu_unavailable: "This machine cannot give the GPUs that the service asks for.",
  spec_refused: "The container runtime refuses the specification of the service.",
  workload_gone: "The container was removed by somebody else.",
  runtime_unavailable: "The container runtime of this machine does not answer.",
  runtime_failed: "The container runtime of this machine reports an error.",
  network_unavailable: "The network of this machine is not ready.",
  [NETWORK_FULL]: "This machine has no address left for another workload.",
  network_lost: "The network of the workload is gone, and is made again.",
  network_failed: "The network of this machine reports an error.",
  internal_error: "The worker met an unexpected error.",
} as const;
export type FaultReason = keyof typeof FAULTS;

/** Something that keeps a workload from running; a value inside decisions, and part of what is stored. */
export interface Fault {
  reason: FaultReason;
  /** One sentence for people. */
  detail: string;
}

/** Makes a fault; `fact` (an exit code, a port, what Docker said) goes before the closing stop. */
export function createFault(reason: FaultReason, fact?: string): Fault {
  const sentence = FAULTS[reason];
  if (fact === undefined || fact === "") return { reason, detail: sentence };
  return { reason, detail: `${sentence.slice(0, -1)}: ${fact.trim().replace(/\.$/, "")}.` };
}

/** What a {@link Runtime} throws: the fault and, as `cause`, what the runtime really said. */
export class RuntimeFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, cause?: unknown) {
    super(fault.detail, { cause });
    this.name = "RuntimeFault";
    this.fault = fault;
  }
}

/** The fault in an error of any kind; what nobody foresaw is `internal_error`. */
export function faultOf(error: unknown): Fault {
  return error instanceof RuntimeFault ? error.fault : createFault("internal_error");
}
