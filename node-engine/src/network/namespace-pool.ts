import { NETWORK_FULL } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import { faultOf } from "../domain/fault.ts";
import { createFiller } from "./fill-pool.ts";
import { type BookedNamespace, createNamespaceBook } from "./namespace-book.ts";
import type { NetSession } from "./net-session.ts";
import type { Namespace, NamespaceHost, NetManager } from "./ports.ts";

/**
 * Connected namespaces that wait for workloads. Each is used once: what one workload did in it must not meet the next one.
 */
export interface NamespacePool {
  /** May make namespaces from now on. */
  open(): void;
  /** Waits for what is under way. Namespaces stay. */
  close(): Promise<void>;
  /**
   * One that is ready, or else a new one.
   * @throws RuntimeFault `network_unavailable`, `network_full` …
   */
  take(): Promise<string>;
  /** It was taken, and nothing has run in it. */
  giveBack(handle: string): void;
  /** It is not needed any more: removed in the background. Unknown is success. */
  drop(handle: string): void;
  /** Process in the namespace; undefined: gone, or not one of ours. */
  pidOf(handle: string): number | undefined;
  /** The process has ended. Answers whether that is news. */
  lost(handle: string): boolean;
  /** How many namespaces were made so far; undefined while one is being made. */
  mark(): number | undefined;
  /** Takes up what a list shows, see {@link NamespaceBook.adopt}. `mark` is from before the list was asked for. */
  adopt(listed: readonly Namespace[], used: ReadonlySet<string>, mark: number | undefined): void;
  /** Connects again what waits: the net-manager has forgotten it. */
  retell(): Promise<void>;
  /** The net-manager can be asked: makes what is missing. */
  wake(): void;
  /** Something with the right of way begins; the answered function says that it has ended. */
  giveWay(): () => void;
}

export interface NamespacePoolDeps {
  host: NamespaceHost;
  manager: Pick<NetManager, "prepare" | "release">;
  session: Pick<NetSession, "isReady" | "assertReady" | "doubt" | "capacity">;
  size: number;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

export function createNamespacePool(deps: NamespacePoolDeps): NamespacePool {
  const { host, manager, session, size, logger } = deps;
  const book = createNamespaceBook();
  const dropping = new Set<Promise<void>>();
  let made = 0;
  let making = 0;

  const make = async (isFree: boolean): Promise<string> => {
    session.assertReady();
    making += 1;
    try {
      const { handle, pid } = await host.make();
      const entry: BookedNamespace = { pid, isFree: false };
      book.put(handle, entry);
      await prepare(handle, entry);
      entry.isFree = isFree;
      return handle;
    } finally {
      making -= 1;
      made += 1;
    }
  };

  const prepare = async (handle: string, entry: BookedNamespace): Promise<void> => {
    try {
      if (entry.pid !== undefined) entry.slot = (await manager.prepare(entry.pid)).slot;
    } catch (error) {
      if (faultOf(error).reason === "network_unavailable") session.doubt();
      discard(handle);
      throw error;
    }
  };

  const hasAddress = (): boolean => book.count() < (session.capacity() ?? Number.POSITIVE_INFINITY);

  const filler = createFiller({
    ...deps,
    isNeeded: () => session.isReady() && book.free().length < size && hasAddress(),
    fill: () => make(true),
    onFailure: (error) => logger.warn({ err: error }, "no namespace made in advance"),
  });

  const discard = (handle: string): void => {
    const { pid, slot: known } = book.get(handle) ?? {};
    // With its process the namespace may be gone, and its slot that of the next one. The net-manager notices by itself.
    const slot = pid === undefined ? undefined : known;
    book.delete(handle);
    const note = (error: unknown): void => {
      // Nobody knows it from now on: it goes with the next list.
      logger.debug({ handle, err: error }, "namespace not removed yet");
    };
    // In this order: the kernel gives the number of a namespace that is gone to the next one.
    const done = release(slot)
      .catch(note)
      .then(() => host.remove(handle).catch(note));
    dropping.add(done);
    void done.finally(() => dropping.delete(done));
    filler.wake();
  };

  const release = async (slot: string | undefined): Promise<void> => {
    if (slot !== undefined && session.isReady()) await manager.release(slot);
  };

  const takeFree = (): string | undefined => {
    const [first] = book.free();
    if (first === undefined) return undefined;
    const [handle, entry] = first;
    entry.isFree = false;
    return handle;
  };

  /** What is being given back counts as free to whoever sent the workload here, and so does what is made in advance. */
  const takeLast = async (full: unknown): Promise<string> => {
    const isLeaving = dropping.size > 0;
    await Promise.all([...dropping, filler.idle()]);
    const handle = takeFree();
    if (handle !== undefined) return handle;
    if (!isLeaving) throw full;
    return make(false);
  };

  const mark = (): number | undefined => (making > 0 ? undefined : made);

  return {
    open: filler.open,
    close: async () => {
      await filler.close();
      await Promise.all(dropping);
    },
    take: async () => {
      const handle = takeFree();
      if (handle !== undefined) return handle;
      try {
        return await make(false);
      } catch (error) {
        if (faultOf(error).reason !== NETWORK_FULL) throw error;
        return takeLast(error);
      }
    },
    giveBack: (handle) => {
      const entry = book.get(handle);
      if (entry === undefined) return;
      entry.isFree = true;
      if (entry.pid === undefined || book.free().length > size) discard(handle);
    },
    drop: (handle) => {
      if (book.get(handle) !== undefined) discard(handle);
    },
    pidOf: (handle) => book.get(handle)?.pid,
    lost: (handle) => {
      const entry = book.get(handle);
      if (entry?.pid === undefined) return false;
      entry.pid = undefined;
      if (entry.isFree) discard(handle);
      return true;
    },
    mark,
    adopt: (listed, used, before) => {
      const isWhole = before !== undefined && before === mark();
      for (const handle of book.adopt(listed, used, { isWhole })) discard(handle);
    },
    retell: async () => {
      for (const [handle, entry] of book.free()) {
        await prepare(handle, entry).catch((error: unknown) => {
          logger.warn({ handle, err: error }, "namespace could not be connected again");
        });
      }
    },
    wake: filler.wake,
    giveWay: filler.giveWay,
  };
}
