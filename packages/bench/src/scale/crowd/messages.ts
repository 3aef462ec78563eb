import { z } from "zod";

/** What the process of the simulated workers needs to know at its start. */
export const CrowdSettings = z.object({
  clusterManagerUrl: z.string(),
  joinSecret: z.string(),
  heartbeatMs: z.number(),
});
export type CrowdSettings = z.infer<typeof CrowdSettings>;

/** Parent to crowd. */
export const CrowdCommand = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("grow"), to: z.int(), atOnce: z.int() }),
  z.object({ kind: z.literal("look") }),
  z.object({ kind: z.literal("stop") }),
]);
export type CrowdCommand = z.infer<typeof CrowdCommand>;

/** How the crowd is at a moment. */
export const CrowdState = z.object({
  workers: z.int(),
  online: z.int(),
  /** instances that are wanted and run, over all workers */
  running: z.int(),
  /** by how much the heartbeats were late at most since the last look: above, the crowd is what was measured */
  lateMs: z.number(),
});
export type CrowdState = z.infer<typeof CrowdState>;

/** Crowd to parent. Times are `machineMs`. */
export const CrowdEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("state"), state: CrowdState }),
  z.object({ kind: z.literal("deploy"), key: z.string(), atMs: z.number() }),
  z.object({ kind: z.literal("delete"), key: z.string(), atMs: z.number() }),
  z.object({
    kind: z.literal("acknowledged"),
    key: z.string(),
    status: z.string(),
    atMs: z.number(),
  }),
]);
export type CrowdEvent = z.infer<typeof CrowdEvent>;

/** Milliseconds of a clock that all processes of a machine share. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
