/** Time that moves only when the next thing is due; ties run in the order in which they were set. */
export interface VirtualTime {
  nowMs(): number;
  /** @returns takes the event back; harmless once it has run */
  after(ms: number, run: () => void): () => void;
  /**
   * Runs what is due until `untilMs`. `afterEach` is called when an event and all promises that it settled
   * have run on; it ends the run by returning true.
   */
  run(untilMs: number, afterEach: () => boolean | undefined): Promise<void>;
}

interface Event {
  atMs: number;
  order: number;
  /** undefined once it was taken back */
  run: (() => void) | undefined;
}

/**
 * How many turns are queued at a time. Node empties the queues of promises between two immediates of one
 * batch, so each event gets a turn of its own without a full round of the event loop.
 */
const BATCH = 256;

export function createVirtualTime(): VirtualTime {
  const heap: Event[] = [];
  let nowMs = 0;
  let count = 0;

  /** The next event that is due, skipping those that were taken back. */
  const take = (untilMs: number): Event | undefined => {
    for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
      pop(heap);
      if (next.run !== undefined) return next;
    }
    return undefined;
  };

  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      count += 1;
      const event: Event = { atMs: nowMs + Math.max(0, ms), order: count, run };
      push(heap, event);
      return () => {
        event.run = undefined;
      };
    },
    run: (untilMs, afterEach) =>
      new Promise((resolve, reject) => {
        let queued = 0;
        let hasRun = false;
        let isOver = false;
        const step = (): void => {
          queued -= 1;
          if (isOver) return;
          try {
            const next = hasRun && afterEach() === true ? undefined : take(untilMs);
            if (next === undefined) {
              isOver = true;
              if (heap[0] === undefined || heap[0].atMs > untilMs) nowMs = untilMs;
              resolve();
              return;
            }
            hasRun = true;
            nowMs = next.atMs;
            next.run?.();
            if (queued === 0) queue();
          } catch (error) {
            isOver = true;
            reject(error);
          }
        };
        const queue = (): void => {
          for (queued = 0; queued < BATCH; queued += 1) setImmediate(step);
        };
        queue();
      }),
  };
}

const isBefore = (a: Event, b: Event): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above]!;
    if (!isBefore(event, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  const half = heap.length >> 1;
  let index = 0;
  while (index < half) {
    let below = 2 * index + 1;
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, heap[below]!)) below += 1;
    const child = heap[below]!;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
}
