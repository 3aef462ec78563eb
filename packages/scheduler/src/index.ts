export * from "./config.ts";
export * from "./service.ts";
export type { Place } from "./use-cases/propose.ts";
