import type { Pool } from "@oak/core";
import type { AddressStore } from "../ports.ts";

/** Where a pool stands, without asking the database as long as nobody else moves it. */
export interface PoolPosition {
  /** Undefined before the first address. */
  read(): Promise<string | undefined>;
  /** Nobody waits for that but the next one who reads. */
  move(from: string | undefined, to: string): void;
}

/**
 * A move that is lost or overtaken by another process is forgotten: the next one reads again, and finds addresses taken
 * that were given meanwhile.
 */
export function createPoolPosition(
  addresses: Pick<AddressStore, "next" | "advance">,
  pool: Pick<Pool, "name">,
): PoolPosition {
  let moving: Promise<string | undefined> = Promise.resolve(undefined);
  return {
    read: async () => (await moving) ?? addresses.next(pool.name),
    move: (from, to) => {
      moving = addresses.advance(pool.name, from, to).then(
        (isMoved) => (isMoved ? to : undefined),
        () => undefined,
      );
    },
  };
}
