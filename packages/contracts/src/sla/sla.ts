import { z } from "zod";
import { SLA_LIMITS } from "./limits.ts";
import { Microservice, Name } from "./microservice.ts";

export const SlaApplication = z
  .looseObject({
    applicationID: z.string().exactOptional().describe("ignored when an application is created"),
    application_name: Name,
    application_namespace: Name,
    application_desc: z.string().max(SLA_LIMITS.textLength).exactOptional(),
    microservices: z.array(Microservice).max(SLA_LIMITS.servicesPerApplication),
  })
  .meta({ id: "SlaApplication" });
export type SlaApplication = z.infer<typeof SlaApplication>;

/** Deployment descriptor, version 2. */
export const Sla = z
  .looseObject({
    sla_version: z.literal("v2.0", { error: 'only "v2.0" is supported' }),
    customerID: z.string().max(256),
    applications: z.array(SlaApplication).max(SLA_LIMITS.applications),
    args: z.array(z.string()).exactOptional(),
  })
  .meta({ id: "Sla" });
export type Sla = z.infer<typeof Sla>;
