import { z } from "zod";
import { Id } from "./ids.ts";

/** A key of an SLA that was kept but has no effect, or not the one that was meant. */
export const SlaWarning = z.object({ pointer: z.string(), message: z.string() });
export type SlaWarning = z.infer<typeof SlaWarning>;

/** Collection `apps` of the root's resource abstractor. */
export const Application = z
  .looseObject({
    _id: Id,
    applicationID: Id,
    application_name: z.string(),
    application_namespace: z.string(),
    application_desc: z.string(),
    userId: z.string().describe("user name, as upstream has it"),
    owner_id: Id.exactOptional().describe(
      "of that user; absent in older documents: the name counts",
    ),
    organization_id: Id.exactOptional().describe(
      "absent in older documents: the organization root",
    ),
    microservices: z.array(Id),
    warnings: z.array(SlaWarning).exactOptional(),
    rev: z.int().min(0),
  })
  .meta({ id: "Application" });
export type Application = z.infer<typeof Application>;
