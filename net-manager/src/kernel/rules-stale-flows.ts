import { setImmediate as nextTurn } from "node:timers/promises";
import type { Conntrack, Flow } from "@oak/netlink";
import { addressText, type Bytes } from "./rules-encode.ts";
import type { Element } from "./rules-ledger.ts";

/** Namespace addresses that a change of a service has left behind. */
export interface Left {
  /** New connections lead to these no more. */
  withdrawn: ReadonlySet<string>;
  /** Nothing is attached there any more. */
  ended: ReadonlySet<string>;
}

/**
 * Tracked connections stay with the target that they were given. One that was never answered has nothing to lose: what its client
 * sends again is to find another target. Datagrams end with their target: a client that always sends from one port would
 * send to nobody for ever. What TCP has established is left alone.
 */
export interface StaleFlows {
  /** Soon, and once for all calls until then. */
  drop(left: Left): void;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

const udp = 17;
const families = [4, 6] as const;

/**
 * Each look walks the kernel's whole table, ten milliseconds for an empty one. For up to so many addresses the kernel is asked to
 * choose, since most of a full table is of others; for more all is read, once.
 */
const mostAlone = 4;

export function createStaleFlows({
  conntrack,
  onError,
}: {
  conntrack: Conntrack;
  onError(error: unknown): void;
}): StaleFlows {
  const withdrawn = new Set<string>();
  const ended = new Set<string>();
  let running: Promise<void> | undefined;

  const dropUnanswered = async (targets: ReadonlySet<string>): Promise<void> => {
    const pick = (flow: Flow) => (targets.has(flow.reply.source) ? flow : undefined);
    for (const family of familiesOf(targets)) {
      const flows = await conntrack.scan(family, pick, { filter: { isAnswered: false } });
      for (const flow of flows) conntrack.deleteFlow(flow);
    }
  };

  const dropDatagrams = async (targets: ReadonlySet<string>): Promise<void> => {
    for (const family of familiesOf(targets)) {
      const own = [...targets].filter((text) => familyOf(text) === family);
      const pick = (flow: Flow) =>
        flow.protocol === udp && targets.has(flow.reply.source) ? flow : undefined;
      const filters = own.length > mostAlone ? [{}] : own.map((source) => ({ reply: { source } }));
      for (const filter of filters) {
        const flows = await conntrack.scan(family, pick, { filter });
        for (const flow of flows) conntrack.deleteFlow(flow);
      }
    }
  };

  const run = async (): Promise<void> => {
    while (withdrawn.size + ended.size > 0) {
      // Who changes much does so at once: one look through all flows is enough for it.
      await nextTurn();
      const [unanswered, datagrams] = [new Set([...withdrawn, ...ended]), new Set(ended)];
      withdrawn.clear();
      ended.clear();
      await dropUnanswered(unanswered);
      await dropDatagrams(datagrams);
    }
  };

  return {
    drop(left) {
      for (const target of left.withdrawn) withdrawn.add(target);
      for (const target of left.ended) ended.add(target);
      if (withdrawn.size + ended.size === 0) return;
      running ??= run()
        .catch(onError)
        .finally(() => {
          running = undefined;
        });
    },
    async idle() {
      await running;
    },
  };
}

/** What of the elements of one service is no more. */
export function leftBetween(before: readonly Element[], after: readonly Element[]): Left {
  return {
    withdrawn: without(targetsOf(before), targetsOf(after)),
    ended: without(admittedOf(before), admittedOf(after)),
  };
}

function targetsOf(elements: readonly Element[]): Set<Bytes> {
  const isRoute = ({ set }: Element): boolean =>
    set.startsWith("single") || set.startsWith("slots");
  return new Set(elements.filter(isRoute).flatMap(({ data }) => data ?? []));
}

/** Behind the number of the application that is let in. */
const tenantBytes = 4;

function admittedOf(elements: readonly Element[]): Set<Bytes> {
  const isAdmission = ({ set }: Element): boolean => set.startsWith("admitted");
  return new Set(elements.filter(isAdmission).map(({ key }) => key.slice(tenantBytes)));
}

function without(all: ReadonlySet<Bytes>, others: ReadonlySet<Bytes>): Set<string> {
  return new Set([...all].filter((one) => !others.has(one)).map(addressText));
}

function familiesOf(addresses: ReadonlySet<string>): (typeof families)[number][] {
  return families.filter((family) => [...addresses].some((text) => familyOf(text) === family));
}

function familyOf(address: string): (typeof families)[number] {
  return address.includes(":") ? 6 : 4;
}
