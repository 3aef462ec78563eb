import {
  formatPortList,
  type InstanceKey,
  type NetAttach,
  type NetDetach,
  type NetIdle,
  type Pair,
  type PortMapping,
  parsePortList,
} from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Clock, Logger } from "@oak/kit";
import { faultOf } from "../domain/fault.ts";
import { inOrderOfPorts, type ObservedWorkload } from "../domain/workload.ts";
import { createLeaseTerms } from "./lease-terms.ts";
import type { NetSession } from "./net-session.ts";
import type { IdleCopy, LeftLease, NetManager } from "./ports.ts";

/** Which workloads are connected, and what the net-manager has been told of it. */
export interface Attachments {
  /**
   * Connects a workload; resolves when its network is complete.
   * @throws RuntimeFault of {@link NetManager}.
   */
  attach(workload: ObservedWorkload, pid: number): Promise<void>;
  /** One that runs already: told in the background, as often as it takes. */
  adopt(workload: ObservedWorkload, pid: number): void;
  /** Disconnects it, now or as soon as the net-manager is back. Unknown is success. */
  detach(handle: string): Promise<void>;
  /** What is published of it; undefined: not known yet. */
  portsOf(handle: string): readonly PortMapping[] | undefined;
  /** A higher pair than the one it was made under is told to the network. */
  placed(key: InstanceKey, pair: Pair): void;
  renewLeases(leases: readonly LeftLease[]): void;
  /** What the net-manager calls idle. */
  setIdle(copies: readonly NetIdle[]): void;
  /** Those of it that are attached as it says. */
  idle(): IdleCopy[];
  /** The net-manager has begun anew: tells everything again. Resolves when all was tried. */
  retell(): Promise<void>;
  /** The net-manager can be asked: tells what it has not heard. */
  wake(): void;
  /** Ends telling; waits for what is under way. */
  stop(): Promise<void>;
}

export interface AttachmentsDeps {
  manager: Pick<NetManager, "attach" | "detach" | "renewLeases">;
  session: Pick<NetSession, "isReady" | "assertReady" | "doubt">;
  clock: Clock;
  logger: Logger;
  /** The ports of one that runs have become known. */
  onPorts: (handle: string) => void;
}

interface Attachment {
  key: InstanceKey;
  wanted: NetAttach;
  isTold: boolean;
  ports?: readonly PortMapping[];
}

/** Between tries to tell what was refused. */
const retryMs = 5_000;

export function createAttachments(deps: AttachmentsDeps): Attachments {
  const { manager, session, clock, logger, onPorts } = deps;
  const attachments = new Map<string, Attachment>();
  const pairs = new Map<InstanceKey, Pair>();
  const terms = createLeaseTerms(deps);
  /** What has to be disconnected when the net-manager is back. */
  const owed = new Map<string, NetDetach>();
  let syncing: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | undefined;
  let isStopped = false;
  let idle: readonly NetIdle[] = [];

  const put = (workload: ObservedWorkload, pid: number): Attachment => {
    const { key } = workload.identity;
    const wanted = toWish(workload, pid, pairs.get(key));
    const known = attachments.get(workload.handle);
    if (known !== undefined && isSameWish(known.wanted, wanted)) return known;
    const attachment = { key, wanted, isTold: false, ...(known?.ports && { ports: known.ports }) };
    attachments.set(workload.handle, attachment);
    return attachment;
  };

  const tell = async (attachment: Attachment): Promise<void> => {
    const { key, wanted } = attachment;
    try {
      // What is owed of the same instance is replaced by this.
      owed.delete(nameOf(wanted));
      const { portMappings } = await manager.attach(wanted);
      attachment.ports = inOrderOfPorts(parsePortList(portMappings));
      await terms.attached(key, wanted);
      attachment.isTold = true;
    } catch (error) {
      if (faultOf(error).reason === "network_unavailable") session.doubt();
      throw error;
    }
  };

  const retellOne = async (handle: string, attachment: Attachment): Promise<void> => {
    try {
      await tell(attachment);
      if (attachments.get(handle) === attachment) onPorts(handle);
    } catch (error) {
      logger.warn({ handle, err: error }, "workload could not be connected again");
      tryLater();
    }
  };

  const detachOwed = async (name: string, instance: NetDetach): Promise<void> => {
    try {
      await manager.detach(instance);
      if (owed.get(name) === instance) owed.delete(name);
    } catch (error) {
      logger.debug({ name, err: error }, "instance not disconnected yet");
      if (faultOf(error).reason === "network_unavailable") session.doubt();
      tryLater();
    }
  };

  const syncAll = async (): Promise<void> => {
    for (const [name, instance] of [...owed]) await detachOwed(name, instance);
    for (const [handle, attachment] of [...attachments]) {
      const isDue = !attachment.isTold && attachments.get(handle) === attachment;
      if (isDue && !isStopped) await retellOne(handle, attachment);
    }
  };
  /** One after another, so that a later wish is told later. */
  const sync = (): Promise<void> => {
    cancelTimer?.();
    cancelTimer = undefined;
    syncing = syncing.then(syncAll);
    return syncing;
  };
  const syncWhenReady = (): void => {
    cancelTimer = undefined;
    if (session.isReady() && !isStopped) void sync();
  };
  const tryLater = (): void => {
    if (!isStopped) cancelTimer ??= clock.setTimer(retryMs, syncWhenReady);
  };

  return {
    attach: async (workload, pid) => {
      session.assertReady();
      // Also when it was told before: the net-manager may have lost it, and asking costs next to nothing.
      await tell(put(workload, pid));
    },
    adopt: (workload, pid) => {
      if (!put(workload, pid).isTold) syncWhenReady();
    },
    detach: async (handle) => {
      const attachment = attachments.get(handle);
      if (attachment === undefined) return;
      attachments.delete(handle);
      const { serviceName, instanceNumber, epoch, placement } = attachment.wanted;
      const instance = { serviceName, instanceNumber, epoch, placement };
      const name = nameOf(instance);
      // Another workload of the same instance has taken its place.
      if ([...attachments.values()].some(({ wanted }) => nameOf(wanted) === name)) return;
      owed.set(name, instance);
      if (session.isReady()) await detachOwed(name, instance);
    },
    portsOf: (handle) => attachments.get(handle)?.ports,
    placed: (key, pair) => {
      pairs.set(key, pair);
      for (const [handle, one] of attachments) {
        if (one.key !== key || comparePairs(pair, toPair(one.wanted)) <= 0) continue;
        const { epoch, placement } = pair;
        attachments.set(handle, {
          ...one,
          wanted: { ...one.wanted, epoch, placement },
          isTold: false,
        });
        syncWhenReady();
      }
    },
    renewLeases: (leases) => terms.renew(leases, [...attachments.values()]),
    setIdle: (copies) => {
      idle = copies;
    },
    idle: () =>
      [...attachments.values()].flatMap(({ key, wanted }) => {
        const pair = toPair(wanted);
        const isIdle = idle.some(
          (copy) => nameOf(copy) === nameOf(wanted) && comparePairs(copy, pair) === 0,
        );
        return isIdle ? [{ key, pair }] : [];
      }),
    retell: () => {
      for (const attachment of attachments.values()) attachment.isTold = false;
      return sync();
    },
    wake: syncWhenReady,
    stop: async () => {
      isStopped = true;
      cancelTimer?.();
      await syncing;
    },
  };
}

/** The pair is the one under which the instance is held now: labels cannot change. */
function toWish(
  { identity, room }: ObservedWorkload,
  pid: number,
  placed: Pair = identity.pair,
): NetAttach {
  const { epoch, placement } = comparePairs(placed, identity.pair) > 0 ? placed : identity.pair;
  return {
    pid,
    serviceName: identity.jobName,
    instanceNumber: identity.instanceNumber,
    portMappings: formatPortList(room?.ports ?? []),
    epoch,
    placement,
  };
}

function nameOf({ serviceName, instanceNumber }: NetDetach): string {
  return `${serviceName}/${instanceNumber}`;
}

function toPair({ epoch = 0, placement = 0 }: NetAttach): Pair {
  return { epoch, placement };
}

function isSameWish(a: NetAttach, b: NetAttach): boolean {
  return (
    a.pid === b.pid && a.portMappings === b.portMappings && comparePairs(toPair(a), toPair(b)) === 0
  );
}
