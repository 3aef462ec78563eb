import { createFault, type FaultReason, RuntimeFault } from "../../domain/fault.ts";

/** What Docker says for each fault. The first match counts, so the narrow ones stand first. */
const messages: readonly (readonly [RegExp, FaultReason])[] = [
  [/no space left on device|not enough space/i, "no_space"],
  [/does not match the specified platform|no matching manifest/i, "image_wrong_platform"],
  [/no such image/i, "image_missing"],
  [
    /pull access denied|manifest unknown|manifest for .* not found|repository .* not found|repository name not known|not found: manifest/i,
    "image_not_found",
  ],
  [/invalid reference format|invalid repository name/i, "image_not_found"],
  [
    /port is already allocated|address already in use|cannot assign requested address/i,
    "port_taken",
  ],
  // The container whose network it shares has ended, or was removed.
  [/cannot join network of|joining network namespace of container/i, "network_lost"],
  [/could not select device driver|nvidia-container/i, "gpu_unavailable"],
  [/error gathering device information/i, "device_missing"],
  [
    /executable file not found|exec: .*(no such file or directory|permission denied|exec format error|is a directory)/i,
    "command_not_found",
  ],
  [/no command specified/i, "command_not_found"],
];

/** The parts of these messages that help nobody: wrappers, ids, closing `: unknown`. */
const noise = [
  /^\(HTTP code \d+\) [^-]* - /,
  /failed to create shim task: /,
  /OCI runtime create failed: /,
  /runc create failed: /,
  /unable to start container process: /,
  /on endpoint \S+ \([0-9a-f]+\)/,
  /Error response from daemon: /,
  /: unknown\s*$/,
];
const longestFact = 200;

/** The HTTP status with which Docker refused; absent when it did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** True for 304 (already so), 404 (gone) and 409 (already under way), as named by the caller. */
export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  const status = statusOf(error);
  return status !== undefined && statuses.includes(status);
}

/**
 * Reads an error of dockerode. `unknownReason` is for an answer whose text is not known; no answer at
 * all is always `runtime_unavailable`.
 */
export function toRuntimeFault(error: unknown, unknownReason: FaultReason): RuntimeFault {
  if (error instanceof RuntimeFault) return error;
  const status = statusOf(error);
  const text = error instanceof Error ? error.message : String(error);
  if (status === undefined) return new RuntimeFault(createFault("runtime_unavailable"), error);
  return new RuntimeFault(faultOfMessage(text, unknownReason), error);
}

/** Finds the fault that a text of Docker stands for. */
export function faultOfMessage(text: string, unknownReason: FaultReason) {
  const known = messages.find(([pattern]) => pattern.test(text));
  return createFault(known?.[1] ?? unknownReason, shorten(text));
}

function shorten(text: string): string {
  const plain = noise.reduce((rest, pattern) => rest.replace(pattern, ""), text);
  const line = plain.replaceAll(/\s+/g, " ").trim();
  return line.length > longestFact ? `${line.slice(0, longestFact)}…` : line;
}
