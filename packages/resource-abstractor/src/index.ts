export * from "./config.ts";
export type { ReachRule } from "./domain/hooks/reach-policy.ts";
export type { HookOptions } from "./hooks-part.ts";
export * from "./service.ts";
