/**
 * Hands work to `run` in batches of one key: what arrives while a batch of its key is at work waits and
 * makes the next one. Batches of different keys run at the same time.
 */
export interface KeyedBatcher<Item, Result> {
  /** Resolves with the item's own result, rejects when its batch fails. */
  submit(key: string, item: Item): Promise<Result>;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** @param run answers one result for each item, in their order */
export function createKeyedBatcher<Item, Result>(
  run: (key: string, items: readonly Item[]) => Promise<readonly Result[]>,
): KeyedBatcher<Item, Result> {
  /** A key stands in here exactly as long as a batch of it is at work. */
  const queues = new Map<string, Waiting<Item, Result>[]>();

  const work = async (key: string, queue: Waiting<Item, Result>[]): Promise<void> => {
    while (queue.length > 0) await settle(key, queue.splice(0));
    queues.delete(key);
  };

  const settle = async (key: string, batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await run(
        key,
        batch.map(({ item }) => item),
      );
      for (const [i, { resolve, reject }] of batch.entries()) {
        const result = results[i];
        if (result === undefined) reject(new Error("A batch left an item without a result"));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  return {
    submit: (key, item) =>
      new Promise((resolve, reject) => {
        const waiting = { item, resolve, reject };
        const queue = queues.get(key);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        const started = [waiting];
        queues.set(key, started);
        // Never rejects: each failure has gone to those who wait for it.
        void work(key, started);
      }),
  };
}
