/** What a hook can be asked before, or told after. */
export const hookEvents = [
  "pre_create",
  "pre_update",
  "pre_delete",
  "post_create",
  "post_update",
  "post_delete",
] as const;
