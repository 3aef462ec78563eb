import type { Hook, HookEvent } from "@oak/contracts";

/** A hook as it is stored. */
export interface HookRecord {
  _id: string;
  hook_name: string;
  webhook_url: string;
  entity: string;
  events: HookEvent[];
  created_at: number;
  /** Signs; never answered but when it is made. */
  secret: string;
  /** Signs beside it until `previous_until` (Unix seconds). */
  previous_secret?: string;
  previous_until?: number;
}

/** Keys that sign now, the newest first. */
export function signingKeys(hook: HookRecord, nowS: number): string[] {
  const { secret, previous_secret: previous, previous_until: until = 0 } = hook;
  return previous !== undefined && nowS < until ? [secret, previous] : [secret];
}

/** What is seen of it: no keys. */
export function hookView(
  { _id, hook_name, webhook_url, entity, events, created_at }: HookRecord,
  health: Pick<Hook, "state" | "failures" | "pending">,
): Hook {
  return { _id, hook_name, webhook_url, entity, events, created_at, ...health };
}
