/**
 * Does the work for every item, at most `limit` of them at once. A failure keeps none of the others from
 * being done.
 * @throws the first failure, once everything has ended
 */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  // One iterator for all: each takes the next item as soon as it has done its last.
  const queue = items[Symbol.iterator]();
  let isEmpty = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      await work(next.value).catch((error: unknown) => failures.push(error));
    }
    isEmpty = true;
  };
  const workers: Promise<void>[] = [];
  while (workers.length < limit && !isEmpty) workers.push(worker());
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}
