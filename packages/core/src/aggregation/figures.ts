import type { Candidate, Resources } from "@oak/contracts";
import { normaliseArchitecture } from "../placement/architecture.ts";
import { csiDriverNames } from "../placement/traits.ts";

/** A mean that knows how many values it was made of, so that 0 is a value like any other. */
interface Mean {
  sum: number;
  count: number;
}

/** Sums over workers, from which the figures of a cluster are made. */
export interface Figures {
  workers: number;
  vcpus: number;
  vgpus: number;
  memory: number;
  vram: number;
  cpu: Mean;
  memoryUse: Mean;
  gpu: Mean;
  gpuTemperature: Mean;
  vramUse: Mean;
  virtualization: Set<string>;
  addons: Set<string>;
  csiDrivers: Set<string>;
  gpuDrivers: Set<string>;
  custom: Map<string, CustomFigure>;
}

/** A resource that an addon invented; its numbers and its words are kept apart. */
interface CustomFigure {
  numbers: Mean;
  words: Set<string>;
}

/** A key on which each of thousands of workers has its own word must not fill every report. */
const WORDS_AT_MOST = 256;

export function createFigures(): Figures {
  const mean = (): Mean => ({ sum: 0, count: 0 });
  return {
    workers: 0,
    vcpus: 0,
    vgpus: 0,
    memory: 0,
    vram: 0,
    cpu: mean(),
    memoryUse: mean(),
    gpu: mean(),
    gpuTemperature: mean(),
    vramUse: mean(),
    virtualization: new Set(),
    addons: new Set(),
    csiDrivers: new Set(),
    gpuDrivers: new Set(),
    custom: new Map(),
  };
}

/** Adds one worker. upstream: the same keys, less its faults (zero values skipped, duplicates kept). */
export function addWorker(figures: Figures, worker: Candidate): void {
  figures.workers += 1;
  figures.vcpus += worker.vcpus ?? 0;
  figures.memory += worker.memory ?? 0;
  addToMean(figures.cpu, worker.cpu_percent);
  addToMean(figures.memoryUse, worker.memory_percent);
  addGpus(figures, worker);
  addAll(figures.virtualization, worker.virtualization ?? []);
  addAll(figures.addons, worker.supported_addons ?? []);
  if (worker.csi_drivers) addAll(figures.csiDrivers, csiDriverNames(worker));
  addCustom(figures.custom, worker);
}

/** Older workers say `gpu_driver` and `gpu_usage`; machines without a GPU send zeros, which mean nothing. */
function addGpus(figures: Figures, worker: Candidate): void {
  const { gpu_driver: driver, gpu_usage: usage } = worker;
  addAll(figures.gpuDrivers, worker.gpu_drivers ?? []);
  if (typeof driver === "string" && driver !== "") figures.gpuDrivers.add(driver);
  figures.vram += worker.vram ?? 0;
  if (worker.vgpus === undefined || worker.vgpus === 0) return;
  figures.vgpus += worker.vgpus;
  addToMean(figures.gpu, worker.gpu_percent ?? (typeof usage === "number" ? usage : undefined));
  addToMean(figures.gpuTemperature, worker.gpu_temp);
  addToMean(figures.vramUse, worker.vram_percent);
}

/** Adds the sums of `more` to `figures`. */
export function addFigures(figures: Figures, more: Figures): void {
  for (const key of ["workers", "vcpus", "vgpus", "memory", "vram"] as const) {
    figures[key] += more[key];
  }
  for (const key of ["cpu", "memoryUse", "gpu", "gpuTemperature", "vramUse"] as const) {
    joinMeans(figures[key], more[key]);
  }
  for (const key of ["virtualization", "addons", "csiDrivers", "gpuDrivers"] as const) {
    addAll(figures[key], more[key]);
  }
  for (const [key, { numbers, words }] of more.custom) {
    const figure = customFigure(figures.custom, key);
    joinMeans(figure.numbers, numbers);
    addAll(figure.words, words);
  }
}

/** The keys of a report; whole numbers where clients of the root insist on them. */
export function toResources(figures: Figures): Resources & { active_nodes: number } {
  return {
    ...customResources(figures.custom),
    cpu_percent: meanOf(figures.cpu),
    memory_percent: meanOf(figures.memoryUse),
    gpu_percent: meanOf(figures.gpu),
    gpu_temp: meanOf(figures.gpuTemperature),
    vram_percent: meanOf(figures.vramUse),
    vcpus: Math.round(figures.vcpus),
    vgpus: Math.round(figures.vgpus),
    memory: Math.round(figures.memory),
    vram: Math.round(figures.vram),
    virtualization: listOf(figures.virtualization),
    supported_addons: listOf(figures.addons),
    csi_drivers: listOf(figures.csiDrivers),
    gpu_drivers: listOf(figures.gpuDrivers),
    active_nodes: figures.workers,
  };
}

export function architectureOf(worker: Candidate): string {
  return normaliseArchitecture(worker.architecture ?? "");
}

function addToMean(mean: Mean, value: number | undefined): void {
  if (value === undefined || !Number.isFinite(value)) return;
  mean.sum += value;
  mean.count += 1;
}

function meanOf({ sum, count }: Mean): number {
  return count === 0 ? 0 : roundTo2(sum / count);
}

/** Finer differences would make every report look like news. */
function roundTo2(value: number): number {
  return Math.round(value * 100) / 100;
}

function joinMeans(mean: Mean, more: Mean): void {
  mean.sum += more.sum;
  mean.count += more.count;
}

function addAll(words: Set<string>, more: Iterable<string>): void {
  for (const word of more) words.add(word);
}

/** Sorted, so that the order of the workers does not show; upstream: null when there are none. */
function listOf(words: ReadonlySet<string>): string[] | null {
  return words.size === 0 ? null : [...words].sort();
}

/**
 * Keys that are not for adding up: identity and state of one worker, the description of its host, and what
 * has rules of its own above.
 */
const NOT_CUSTOM = new Set([
  ...["_id", "id", "ip", "port", "host", "name", "token", "candidate_name", "candidate_location"],
  ...["rev", "want_rev", "holds", "liveness", "schedulable", "session", "child_incarnation"],
  ...["node_id", "machine_id", "boot_id", "proto", "active", "last_modified_timestamp"],
  ...["joined_at", "last_modified", "cpu_history", "memory_history", "allocatable", "free_shapes"],
  ...["system_info", "disk_info", "network_info", "Overlay", "OverlaySocket", "LogDirectory"],
  ...["NetManagerPort", "ClusterAddress", "architecture", "aggregation_per_architecture"],
  ...["cpu_percent", "memory_percent", "gpu_percent", "gpu_usage", "gpu_temp", "vram_percent"],
  ...["vcpus", "vgpus", "memory", "vram", "active_nodes", "virtualization", "supported_addons"],
  ...["csi_drivers", "gpu_drivers", "gpu_driver", "seq", "digest", "interval_ms", "__proto__"],
]);

function addCustom(custom: Map<string, CustomFigure>, worker: Candidate): void {
  for (const key of Object.keys(worker)) {
    if (NOT_CUSTOM.has(key)) continue;
    const value = worker[key];
    const words = wordsOf(value);
    if (typeof value !== "number" && words.length === 0) continue;
    const figure = customFigure(custom, key);
    if (typeof value === "number") addToMean(figure.numbers, value);
    else addAll(figure.words, words);
  }
}

function customFigure(custom: Map<string, CustomFigure>, key: string): CustomFigure {
  const figure = custom.get(key) ?? { numbers: { sum: 0, count: 0 }, words: new Set() };
  custom.set(key, figure);
  return figure;
}

function wordsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** upstream: numbers are summed, or averaged when the key says so; words become a list. */
function customResources(custom: ReadonlyMap<string, CustomFigure>): Record<string, unknown> {
  const entries = [...custom].map(([key, { numbers, words }]) => {
    if (numbers.count === 0) return [key, [...words].sort().slice(0, WORDS_AT_MOST)];
    return [key, /_(percent|average)$/.test(key) ? meanOf(numbers) : roundTo2(numbers.sum)];
  });
  return Object.fromEntries(entries);
}
