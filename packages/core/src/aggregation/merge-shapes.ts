import type { Amounts } from "../placement/units.ts";

/** A free shape while it is being merged; amounts in units. */
export interface OpenShape extends Amounts {
  count: number;
  architecture: string;
  /** sorted */
  virtualization: readonly string[];
  /** one of the largest of its platform: decides which single instance still finds a place */
  isChampion: boolean;
}

/** Comparing all pairs costs the square of their number, so the others are first put into buckets. */
const COMPARED_AT_MOST = 48;

/** Steps of a grid, in cells per doubling of an amount, from fine to coarse. */
const GRIDS = [4, 3, 2, 1.5, 1, 0.7, 0.5, 0.35, 0.25] as const;

/**
 * Merges near shapes until at most `limit` are left. Merging takes the minimum of each amount and the
 * runtimes that both have, so nothing is promised that a worker lacks. Shapes of different architectures
 * never merge; of more platforms than `limit`, the ones with fewest workers are left out.
 * The result does not depend on the order of the input.
 */
export function mergeShapes(shapes: readonly OpenShape[], limit: number): OpenShape[] {
  let current = shapes.length > limit ? comparable(shapes, limit) : [...shapes];
  current.sort(compareShapes);
  while (current.length > limit) {
    const nearest = nearestPair(current);
    if (nearest === undefined) break;
    const [first, second] = nearest;
    current = current.filter((shape) => shape !== first && shape !== second);
    current.push(mergeTwo(first, second));
    current.sort(compareShapes);
  }
  return current;
}

/** What workers of either shape have for certain. */
export function mergeTwo(first: OpenShape, second: OpenShape): OpenShape {
  return {
    vcpus: Math.min(first.vcpus, second.vcpus),
    memory: Math.min(first.memory, second.memory),
    vgpus: Math.min(first.vgpus, second.vgpus),
    addresses: Math.min(first.addresses, second.addresses),
    count: first.count + second.count,
    architecture: first.architecture,
    virtualization: first.virtualization.filter((name) => second.virtualization.includes(name)),
    isChampion: first.isChampion || second.isChampion,
  };
}

/** Few enough to compare all pairs: the champions of each platform as they are, the rest by a grid. */
function comparable(shapes: readonly OpenShape[], limit: number): OpenShape[] {
  const platforms = [...(groupBy(shapes, platformKey) ?? [])]
    .map(([key, members]) => ({ key, members, workers: countOf(members) }))
    .sort((left, right) => right.workers - left.workers || compareText(left.key, right.key))
    .slice(0, limit);
  const champions = new Set(platforms.flatMap(({ members }) => championsOf(members)));
  const rest = platforms.flatMap(({ members }) => members.filter((shape) => !champions.has(shape)));
  const marked = [...champions].map((shape) => ({ ...shape, isChampion: true }));
  return [...marked, ...bucketed(rest, COMPARED_AT_MOST - marked.length)];
}

/** The largest in cores, in memory, in GPUs and in all of them together. */
function championsOf(shapes: readonly OpenShape[]): OpenShape[] {
  const measures: ((shape: OpenShape) => number)[] = [
    ({ vcpus }) => vcpus,
    ({ memory }) => memory,
    ({ vgpus }) => vgpus,
    sizeOf,
  ];
  return measures.flatMap((measure) => {
    const best = shapes.reduce((left, right) => {
      const difference = measure(right) - measure(left) || sizeOf(right) - sizeOf(left);
      return difference > 0 || (difference === 0 && compareShapes(right, left) < 0) ? right : left;
    });
    return measure(best) > 0 ? [best] : [];
  });
}

function bucketed(shapes: readonly OpenShape[], limit: number): OpenShape[] {
  if (shapes.length <= limit) return [...shapes];
  for (const cellsPerDoubling of GRIDS) {
    const buckets = groupBy(shapes, (shape) => cellOf(shape, cellsPerDoubling), limit);
    if (buckets !== undefined) return mergeEach(buckets);
  }
  return mergeEach(groupBy(shapes, platformKey) ?? new Map());
}

/** The minimum of a bucket is that of its members, not the corner of its cell. */
function mergeEach(buckets: ReadonlyMap<string, OpenShape[]>): OpenShape[] {
  return [...buckets.values()].map((members) => members.reduce(mergeTwo));
}

/** Undefined as soon as there would be more groups than `limit`, which a fine grid shows early. */
function groupBy(
  shapes: readonly OpenShape[],
  keyOf: (shape: OpenShape) => string,
  limit = Number.POSITIVE_INFINITY,
): Map<string, OpenShape[]> | undefined {
  const groups = new Map<string, OpenShape[]>();
  for (const shape of shapes) {
    const key = keyOf(shape);
    const group = groups.get(key);
    if (group !== undefined) {
      group.push(shape);
      continue;
    }
    if (groups.size >= limit) return undefined;
    groups.set(key, [shape]);
  }
  return groups;
}

function countOf(shapes: readonly OpenShape[]): number {
  return shapes.reduce((sum, { count }) => sum + count, 0);
}

function platformKey({ architecture, virtualization }: OpenShape): string {
  return `${architecture}|${virtualization.join()}`;
}

function cellOf(shape: OpenShape, cellsPerDoubling: number): string {
  const cell = (doublings: number): number => Math.floor(doublings * cellsPerDoubling);
  const gpuCell = shape.vgpus === 0 ? "none" : cell(Math.log2(shape.vgpus));
  const cells = `${cell(scaleCpu(shape.vcpus))}|${cell(scaleMemory(shape.memory))}|${gpuCell}`;
  return `${platformKey(shape)}|${cells}`;
}

/** Doublings above one core, 128 MB: a core more or less matters to a small machine, not to a large one. */
function scaleCpu(units: number): number {
  return Math.log2(1 + units / 1000);
}

function scaleMemory(units: number): number {
  return Math.log2(1 + units / 128_000);
}

/** Of more addresses than these nobody asks how many there are. */
const MANY_ADDRESSES = 64_000;

/** Rarely what is lacking, so that a doubling of it counts for little. */
const ADDRESS_WEIGHT = 0.25;

function scaleAddresses(units: number): number {
  return Math.log2(1 + Math.min(MANY_ADDRESSES, units) / 1000) * ADDRESS_WEIGHT;
}

/** A GPU counts as much as several doublings of the rest. */
const GPU_WEIGHT = 4;

function sizeOf({ vcpus, memory, vgpus, addresses }: OpenShape): number {
  const size = scaleCpu(vcpus) + scaleMemory(memory) + scaleAddresses(addresses);
  return size + (vgpus / 1000) * GPU_WEIGHT;
}

/** The pair that loses least by merging; undefined when no two may merge. */
function nearestPair(shapes: readonly OpenShape[]): [OpenShape, OpenShape] | undefined {
  let nearest: [OpenShape, OpenShape] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, first] of shapes.entries()) {
    for (let other = index + 1; other < shapes.length; other += 1) {
      const second = shapes[other];
      if (second === undefined || first.architecture !== second.architecture) continue;
      const loss = lossOf(first, second);
      if (loss >= least) continue;
      least = loss;
      nearest = [first, second];
    }
  }
  return nearest;
}

const CHAMPION_WEIGHT = 8;
/** A runtime that is no longer promised weighs more than any amount. */
const RUNTIME_WEIGHT = 100;

/** What both lose, in doublings. Counts do not weigh: the variety shall survive, however few stand for it. */
function lossOf(first: OpenShape, second: OpenShape): number {
  const merged = mergeTwo(first, second);
  const size = sizeOf(merged);
  const lossFor = (shape: OpenShape): number =>
    (sizeOf(shape) - size) * (shape.isChampion ? CHAMPION_WEIGHT : 1) +
    (shape.virtualization.length - merged.virtualization.length) * RUNTIME_WEIGHT;
  return lossFor(first) + lossFor(second);
}

/** A total order: whatever differs decides, so that merging does not depend on the input's order. */
function compareShapes(left: OpenShape, right: OpenShape): number {
  return (
    right.vcpus - left.vcpus ||
    right.memory - left.memory ||
    right.vgpus - left.vgpus ||
    compareNumbers(right.addresses, left.addresses) ||
    right.count - left.count ||
    compareText(platformKey(left), platformKey(right))
  );
}

/** Of which both may be infinite. */
function compareNumbers(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
