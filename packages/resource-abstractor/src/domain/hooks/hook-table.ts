import type { HookEvent } from "@oak/contracts";
import type { HookRecord } from "./hook-record.ts";

/** Hooks by what they are about. Asking it is one look into a map: what a write without hooks pays. */
export interface HookTable<H> {
  of(entity: string, event: HookEvent): readonly H[];
}

const none: readonly never[] = [];

/** upstream: what its managers write with PUT is told as `job`, everything else of services as `jobs`. */
const otherNames: Readonly<Record<string, string>> = { jobs: "job", job: "jobs" };

/**
 * @param hooks in the order in which they are asked
 */
export function createHookTable<H extends { record: HookRecord }>(
  hooks: readonly H[],
): HookTable<H> {
  const table = new Map<string, H[]>();
  const put = (entity: string, event: HookEvent, hook: H): void => {
    const key = `${entity} ${event}`;
    const listed = table.get(key);
    if (listed === undefined) table.set(key, [hook]);
    else listed.push(hook);
  };
  for (const hook of hooks) {
    const { entity, events, webhook_url } = hook.record;
    const other = otherNames[entity];
    for (const event of new Set(events)) {
      put(entity, event, hook);
      // A receiver that is registered under both names, as it had to be upstream, is told once.
      const isDouble = hooks.some(
        ({ record }) =>
          record.entity === other &&
          record.webhook_url === webhook_url &&
          record.events.includes(event),
      );
      if (other !== undefined && !isDouble) put(other, event, hook);
    }
  }
  return { of: (entity, event) => table.get(`${entity} ${event}`) ?? none };
}
