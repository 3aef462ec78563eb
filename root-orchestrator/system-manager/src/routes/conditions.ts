import { z } from "zod";

/** Header of writes that are meant for one version of a document. */
export const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .max(1024)
    .exactOptional()
    .describe("`ETag` of the version that is meant; 412 when it is another one by now"),
});

/** Query of writes that can tell what they would do, and do nothing. */
export const dryRunQuery = z.object({
  dryRun: z
    .enum(["true", "false"])
    .exactOptional()
    .describe("true: answers what would happen, and stores nothing"),
});
