export * from "./sla/parse-sla.ts";
export type { SlaFault } from "./sla/sla-fault.ts";
export type { SlaContext } from "./sla/sla-rules.ts";
export * from "./sla/sla-warnings.ts";
export * from "./sla/to-jobs.ts";
