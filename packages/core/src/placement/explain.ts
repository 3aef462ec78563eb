import { requiredAddons, requiredCsiDrivers } from "./constraints.ts";
import type { PlaceRequest } from "./demand.ts";
import type { Largest } from "./placement.ts";
import {
  CAPACITY_REASONS,
  REFUSAL_REASONS,
  type RefusalReason,
  type Refusals,
} from "./refusal-reasons.ts";
import { fromUnits } from "./units.ts";

/** Reasons that are about an amount, of which the largest on offer can be told. */
export type AmountReason = "vcpus" | "memory" | "vgpus" | "storage";

export interface Explanation {
  noun: "worker" | "cluster";
  request: PlaceRequest;
  /** names that a `direct` constraint leaves */
  names: ReadonlySet<string> | undefined;
  refusals: Refusals;
  largest: (reason: AmountReason) => Largest | undefined;
}

/**
 * One sentence for people on why there is no place. It speaks of the candidates that came closest: of room
 * when any candidate qualified, else of qualities, and of constraints when those left none over.
 */
export function explain(explanation: Explanation): string {
  const { noun, refusals } = explanation;
  const groups = [CAPACITY_REASONS, QUALITY_REASONS, CONSTRAINT_REASONS];
  const reasons = groups.map((group) => group.filter((reason) => refusals[reason] !== undefined));
  const closest: readonly RefusalReason[] = reasons.find((group) => group.length > 0) ?? [];
  const [reason] = closest;
  if (reason === undefined) return `There is no ${noun} yet`;
  if (closest.length === 1) return soleSentence(reason, explanation);
  const parts = closest.map((each) => `${refusals[each] ?? 0} ${PHRASES[each](explanation)}`);
  return `${subject(explanation)} fits: ${parts.join(", ")}`;
}

const CONSTRAINT_REASONS = [
  "clusters_not_allowed",
  "direct",
] as const satisfies readonly RefusalReason[];

const NO_QUALITY: readonly RefusalReason[] = [...CAPACITY_REASONS, ...CONSTRAINT_REASONS];
const QUALITY_REASONS = REFUSAL_REASONS.filter((reason) => !NO_QUALITY.includes(reason));

/** All candidates that count were refused for the same thing. */
function soleSentence(reason: RefusalReason, explanation: Explanation): string {
  const { noun } = explanation;
  if (isAmount(reason)) return amountSentence(reason, explanation);
  switch (reason) {
    case "direct":
      return explanation.names?.size === 0
        ? `No ${noun} is named by all direct constraints at once`
        : `No ${noun} is named ${listed([...(explanation.names ?? [])], " or ")}`;
    case "clusters_not_allowed":
      return `${subject(explanation)} is among those that the clusters constraint allows`;
    default:
      return `${subject(explanation)} fits: ${everyOne(explanation, reason)} ${PHRASES[reason](explanation)}`;
  }
}

function everyOne({ refusals }: Explanation, reason: RefusalReason): string {
  const count = refusals[reason] ?? 0;
  return count === 1 ? "the only one is" : `all ${count} are`;
}

function amountSentence(reason: AmountReason, explanation: Explanation): string {
  const { noun } = explanation;
  const whose = noun === "cluster" && reason !== "storage" ? "has a worker with" : "has";
  const largest = explanation.largest(reason);
  const most =
    largest === undefined
      ? ""
      : `: the most is ${printed(fromUnits(Math.max(0, largest.units)))} (${noun} ${largest.name})`;
  return `${subject(explanation)} ${whose} ${wanted(reason, explanation)}${most}`;
}

/** `No worker`, narrowed down to the ones that the sentence is true of. */
function subject({ noun, names, refusals }: Explanation): string {
  const isPartial = hasAny(refusals, CAPACITY_REASONS) && hasAny(refusals, QUALITY_REASONS);
  return `No ${isPartial ? "qualified " : ""}${noun}${names ? ` named ${listed([...names], " or ")}` : ""}`;
}

function hasAny(refusals: Refusals, reasons: readonly RefusalReason[]): boolean {
  return reasons.some((reason) => refusals[reason] !== undefined);
}

/** What is said of a number of candidates: `3 without 64 free cores`. */
const PHRASES: Readonly<Record<RefusalReason, (explanation: Explanation) => string>> = {
  direct: () => "not named",
  clusters_not_allowed: () => "not allowed",
  excluded: () => "skipped for a while after an earlier refusal",
  not_alive: () => "not connected",
  not_schedulable: () => "cordoned",
  csi_driver_missing: ({ request }) =>
    `without storage driver ${listed(requiredCsiDrivers(request.job))}`,
  addon_missing: ({ request }) => `without addon ${listed(requiredAddons(request.job))}`,
  no_active_worker: () => "without an active worker",
  virtualization: ({ request }) => `without runtime ${request.job.virtualization}`,
  architecture: ({ request }) =>
    `of another architecture than ${listed(askedArchitectures(request))}`,
  vcpus: (explanation) => `without ${wanted("vcpus", explanation)}`,
  memory: (explanation) => `without ${wanted("memory", explanation)}`,
  vgpus: (explanation) => `without ${wanted("vgpus", explanation)}`,
  storage: (explanation) => `without ${wanted("storage", explanation)}`,
  addresses: () => "without a free address for another workload",
  host_port_taken: ({ request }) => `busy on host port ${listed(request.need.host_ports, " or ")}`,
  promised: () => "down to places that are promised to instances on their way",
};

/** What is said of one candidate that was refused. */
export function phraseOf(reason: RefusalReason, request: PlaceRequest): string {
  return PHRASES[reason]({
    noun: "worker",
    request,
    names: undefined,
    refusals: {},
    largest: () => undefined,
  });
}

export function amountWanted(reason: AmountReason, request: PlaceRequest): string {
  return wanted(reason, { request });
}

function askedArchitectures({ job }: PlaceRequest): string[] {
  return [...(job.arch ?? []), job.platform ?? ""].filter((name) => name !== "");
}

function wanted(
  reason: AmountReason,
  { request: { need, job } }: Pick<Explanation, "request">,
): string {
  switch (reason) {
    case "vcpus":
      return `${printed(need.vcpus)} free ${need.vcpus === 1 ? "core" : "cores"}`;
    case "memory":
      return `${printed(need.memory)} MB of free memory`;
    case "vgpus":
      return `${printed(need.vgpus)} free ${need.vgpus === 1 ? "GPU" : "GPUs"}`;
    case "storage":
      return `${printed(job.storage ?? 0)} MB of free disk`;
  }
}

function isAmount(reason: RefusalReason): reason is AmountReason {
  return ["vcpus", "memory", "vgpus", "storage"].includes(reason);
}

const LISTED_AT_MOST = 3;

function listed(names: readonly string[], separator = ", "): string {
  const shown = names.slice(0, LISTED_AT_MOST).join(separator);
  return names.length > LISTED_AT_MOST ? `${shown} …` : shown;
}

function printed(amount: number): string {
  return String(Math.floor(amount * 100) / 100);
}
