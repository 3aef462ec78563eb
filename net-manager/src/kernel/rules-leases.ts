import type { ElementChange } from "@oak/netlink";
import type { Addresses } from "../ports.ts";
import { keysOf } from "./rules-elements.ts";
import { type Element, lasting } from "./rules-ledger.ts";

/** How long exclusive instances may still answer: what is put back after somebody has flushed the table. */
export interface Leases {
  /** Answers the transaction that makes it so in the kernel. */
  renew(namespaces: readonly Addresses[], forMs: number): ElementChange[];
  /** All that are not over. */
  restore(): ElementChange[];
}

export function createLeases(now: () => number): Leases {
  const ends = new Map<string, { element: Element; at: number }>();

  const forgetOver = (): void => {
    for (const [id, { at }] of ends) if (at <= now()) ends.delete(id);
  };

  return {
    renew(namespaces, forMs) {
      forgetOver();
      return namespaces.flatMap(keysOf).flatMap(({ n, key }) => {
        const element = { set: `leased${n}`, key };
        ends.set(n + key, { element, at: now() + forMs });
        return lasting(element, Math.ceil(forMs));
      });
    },
    restore() {
      forgetOver();
      return [...ends.values()].flatMap(({ element, at }) =>
        lasting(element, Math.ceil(at - now())),
      );
    },
  };
}
