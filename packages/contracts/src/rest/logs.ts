import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";

/** Question `logs`, to a cluster and to a worker: answered with lines, as they were printed. */
export const LogsQuestion = z.object({
  job_id: Id,
  instance_number: InstanceNumber,
  follow: z.boolean(),
  since_ms: z
    .number()
    .min(0)
    .max(253_402_300_799_999)
    .exactOptional()
    .describe("Unix milliseconds, before the year 10000"),
  tail: z.int().min(0).max(100_000).exactOptional(),
  timestamps: z.boolean(),
});
export type LogsQuestion = z.infer<typeof LogsQuestion>;
