/**
 * A map of very many: a single one of a million entries takes a tenth of a second whenever it grows, and everybody waits. Here
 * only one part grows at a time.
 */
export interface ShardedMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  keys(): IterableIterator<string>;
  values(): IterableIterator<V>;
  readonly size: number;
}

const shardCount = 64;

export function createShardedMap<V>(): ShardedMap<V> {
  // Most are small, and have no need of so many.
  const shards: (Map<string, V> | undefined)[] = [];
  const shardOf = (key: string): number => spread(key) % shardCount;
  const present = (): Map<string, V>[] => shards.filter((shard) => shard !== undefined);

  function* keys(): IterableIterator<string> {
    for (const shard of present()) yield* shard.keys();
  }
  function* values(): IterableIterator<V> {
    for (const shard of present()) yield* shard.values();
  }

  return {
    get: (key) => shards[shardOf(key)]?.get(key),
    set: (key, value) => {
      const index = shardOf(key);
      const shard = shards[index] ?? new Map<string, V>();
      shards[index] = shard;
      shard.set(key, value);
    },
    delete: (key) => {
      shards[shardOf(key)]?.delete(key);
    },
    keys,
    values,
    get size() {
      return present().reduce((sum, shard) => sum + shard.size, 0);
    },
  };
}

/** FNV-1a: any even spread will do. */
function spread(key: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x0100_0193);
  }
  return hash >>> 0;
}
