import type { HookDelivery } from "@oak/contracts";

/** The last deliveries of a hook. */
export interface DeliveryLog {
  /** An attempt of a delivery that is listed takes its place. */
  add(entry: HookDelivery): void;
  /** The newest first. */
  entries(): HookDelivery[];
}

const longestError = 300;

export function createDeliveryLog(
  { most }: { most: number },
  earlier: readonly HookDelivery[] = [],
): DeliveryLog {
  let entries = earlier.slice(0, most);
  return {
    add: (entry) => {
      const kept = entries.filter(({ id }) => id !== entry.id);
      const error = entry.error === null ? null : entry.error.slice(0, longestError);
      entries = [{ ...entry, error }, ...kept].slice(0, most);
    },
    entries: () => entries,
  };
}
