import type { HeldCopy, InstanceKey } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import { describeCopy } from "../domain/describe-copy.ts";
import type { Fault } from "../domain/fault.ts";
import type { ObservedWorkloads } from "../domain/observed-workloads.ts";
import type { InstanceRecord } from "../store/instance-record.ts";
import { type InstanceState, newInstanceState } from "./reconcile-instance.ts";
import type { RecordBook } from "./record-book.ts";

/** Tells what changed in what the worker says of its instances. */
export interface CopyPublisher {
  stateOf(key: InstanceKey): InstanceState;
  describe(record: InstanceRecord): HeldCopy;
  /**
   * Reports the copy if it differs from what was last reported: at once, or, while it is on its way and
   * nothing is wrong, within `holdMs`, and then as it is by that time.
   */
  publish(key: InstanceKey): void;
  /** Takes the present copies as reported: what is found at the start is no change. */
  takeAsReported(): void;
  forget(key: InstanceKey): void;
  /** Looks at `check` after each change: true as soon as it holds, false after `timeoutMs`. */
  waitFor(check: () => boolean, timeoutMs: number): Promise<boolean>;
  isPulling(): boolean;
  /** Says nothing any more of what is held back. */
  stop(): void;
}

export interface CopyPublisherOptions {
  book: RecordBook;
  observed: ObservedWorkloads;
  clock: Clock;
  logger: Logger;
  report: (copy: HeldCopy) => void;
  /** How long a step on the way to running may be held back, ms. */
  holdMs: number;
  /** Why the runtime could not be asked; undefined while it answers. */
  runtimeFault: () => Fault | undefined;
  /** Exclusive, and not allowed to start at the moment. */
  isHeldBack: (record: InstanceRecord) => boolean;
}

export function createCopyPublisher(options: CopyPublisherOptions): CopyPublisher {
  const { book, observed, clock, logger, report, runtimeFault, holdMs } = options;
  const states = new Map<InstanceKey, InstanceState>();
  const reported = new Map<InstanceKey, string>();
  const held = new Map<InstanceKey, () => void>();
  const looks = new Set<() => void>();

  const stateOf = (key: InstanceKey): InstanceState => {
    const state = states.get(key) ?? newInstanceState();
    states.set(key, state);
    return state;
  };

  const describe = (record: InstanceRecord): HeldCopy => {
    const { pulling, lastWords, trouble: own } = stateOf(record.key);
    const trouble = own ?? (observed.isComplete() ? undefined : runtimeFault());
    return describeCopy(record, {
      observed: observed.isComplete() ? observed.of(record.key) : undefined,
      ...(pulling !== undefined && { pulling }),
      ...(lastWords !== undefined && { lastWords }),
      ...(trouble !== undefined && { trouble }),
      ...(options.isHeldBack(record) && { isHeldBack: true }),
    });
  };

  const release = (key: InstanceKey): void => {
    held.get(key)?.();
    held.delete(key);
  };

  const hold = (key: InstanceKey): void => {
    if (held.has(key)) return;
    const tell = (): void => {
      held.delete(key);
      const record = book.get(key);
      if (record !== undefined) tellIfNew(key, describe(record));
    };
    held.set(key, clock.setTimer(holdMs, tell));
  };

  const publish = (key: InstanceKey): void => {
    for (const look of [...looks]) look();
    const record = book.get(key);
    if (record === undefined) return;
    const copy = describe(record);
    if (isOnItsWay(copy)) {
      hold(key);
      return;
    }
    release(key);
    tellIfNew(key, copy);
  };

  const tellIfNew = (key: InstanceKey, copy: HeldCopy): void => {
    const text = JSON.stringify(copy);
    if (reported.get(key) === text) return;
    reported.set(key, text);
    const { status, status_detail: detail, reason, epoch, placement } = copy;
    logger.info({ key, status, detail, reason, epoch, placement }, "instance changed");
    report(copy);
  };

  const waitFor = (check: () => boolean, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const finish = (isMet: boolean): void => {
        cancel();
        looks.delete(look);
        resolve(isMet);
      };
      const look = (): void => {
        if (check()) finish(true);
      };
      const cancel = clock.setTimer(timeoutMs, () => finish(false));
      looks.add(look);
      look();
    });

  return {
    stateOf,
    describe,
    publish,
    takeAsReported: () => {
      for (const record of book.all()) reported.set(record.key, JSON.stringify(describe(record)));
    },
    forget: (key) => {
      states.delete(key);
      reported.delete(key);
      release(key);
    },
    waitFor,
    isPulling: () => [...states.values()].some(({ pulling }) => pulling !== undefined),
    stop: () => {
      for (const key of [...held.keys()]) release(key);
    },
  };
}

/**
 * Nobody waits for these steps, and each report of one costs every tier above some work, on a small machine
 * at the expense of the very start that it tells of. What went wrong on the way is told at once.
 */
function isOnItsWay({ status, reason }: HeldCopy): boolean {
  return (status === "CREATING" || status === "CREATED") && reason === undefined;
}
