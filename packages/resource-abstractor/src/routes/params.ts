import { Id, InstanceNumber } from "@oak/contracts";
import { z } from "zod";

/** Path parameters; `refuseBadIds` has looked at them before these schemas do. */
const number = z.coerce.number().pipe(InstanceNumber);

export const idParams = z.object({ id: Id });
export const instanceParams = z.object({ job: Id, n: number });
export const jobInstanceParams = z.object({ id: Id, n: number });
export const holdParams = z.object({ id: Id, job: Id, n: number });

/** A list in one query parameter, separated by commas. */
export const idList = z
  .string()
  .regex(/^[0-9a-f]{24}(,[0-9a-f]{24})*$/, "ids, separated by commas")
  .describe("ids, separated by commas");

/** `true` or `false` as text, as query parameters have it; Oakestra's Python writes `True`. */
export const flag = z.enum(["true", "false", "True", "False"]).describe("true or false");

export function isTrue(value: z.infer<typeof flag> | undefined): boolean {
  return value?.toLowerCase() === "true";
}
