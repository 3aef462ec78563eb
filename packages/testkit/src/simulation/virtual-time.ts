/** Time that moves only when the next thing is due; ties run in the order in which they were set. */
export interface VirtualTime {
  nowMs(): number;
  after(ms: number, run: () => void): () => void;
  /** Runs what is due until `untilMs`; after each event all promises that it settled have run on. */
  run(untilMs: number, afterEach: () => void): Promise<void>;
}

interface Event {
  atMs: number;
  order: number;
  run: () => void;
  isCancelled: boolean;
}

export function createVirtualTime(): VirtualTime {
  const heap: Event[] = [];
  let nowMs = 0;
  let count = 0;

  const isBefore = (a: Event, b: Event): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  const push = (event: Event): void => {
    heap.push(event);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index]!, heap[parent]!)) return;
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  };

  const pop = (): Event | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    sink();
    return first;
  };

  const sink = (): void => {
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === index) return;
      [heap[index], heap[least]] = [heap[least]!, heap[index]!];
      index = least;
    }
  };

  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      count += 1;
      const event: Event = { atMs: nowMs + Math.max(0, ms), order: count, run, isCancelled: false };
      push(event);
      return () => {
        event.isCancelled = true;
      };
    },
    run: async (untilMs, afterEach) => {
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        pop();
        if (next.isCancelled) continue;
        nowMs = next.atMs;
        next.run();
        // A turn of the event loop: every promise that can run on has done so.
        await new Promise<void>((resolve) => setImmediate(resolve));
        afterEach();
      }
      nowMs = untilMs;
    },
  };
}
