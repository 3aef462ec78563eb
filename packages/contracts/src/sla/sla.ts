import { z } from "zod";
import { SLA_LIMITS } from "./limits.ts";
import { Microservice, Name } from "./microservice.ts";

const web = {
  microserviceID: "",
  microservice_name: "web",
  microservice_namespace: "prod",
  virtualization: "container",
  code: "docker.io/library/nginx:1.27",
  vcpus: 1,
  memory: 128,
  port: "8080:80/tcp",
  environment: ["TZ=UTC"],
  addresses: { rr_ip: "10.30.30.30" },
};
const client = {
  microserviceID: "",
  microservice_name: "client",
  microservice_namespace: "prod",
  virtualization: "container",
  code: "docker.io/curlimages/curl:8.11.0",
  memory: 64,
  cmd: ["sh", "-c", "while sleep 5; do curl http://10.30.30.30; done"],
};
/** One service that serves, and one that calls it under the address that the balancer has. */
const slaExample = {
  sla_version: "v2.0",
  customerID: "Admin",
  applications: [
    {
      application_name: "shop",
      application_namespace: "prod",
      application_desc: "A web server and who asks it",
      microservices: [web, client],
    },
  ],
};

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
  .meta({ id: "Sla", examples: [slaExample] });
export type Sla = z.infer<typeof Sla>;
