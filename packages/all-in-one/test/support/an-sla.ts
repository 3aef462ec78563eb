import { randomBytes } from "node:crypto";
import type { Microservice } from "@oak/contracts";

/** A service of an SLA; what is left out has a default that runs. */
export type ServiceWish = Partial<Microservice> & Pick<Microservice, "code">;

/** An SLA of one application with these services, under a name of its own. */
export function anSla(...services: readonly ServiceWish[]): unknown {
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        application_name: `app${randomBytes(6).toString("hex")}`,
        application_namespace: "test",
        application_desc: "",
        microservices: services.map((service, index) => ({
          microservice_name: `service${index}`,
          microservice_namespace: "test",
          virtualization: "container",
          memory: 32,
          vcpus: 0,
          ...service,
        })),
      },
    ],
  };
}

/** A web server whose page is `text` and the host name; it ends at once on SIGTERM. */
export function aWebServer(code: string, text = "hello from"): ServiceWish {
  const page = `mkdir -p /tmp/www && echo "${text} $HOSTNAME" > /tmp/www/index.html`;
  const serve = "httpd -p 8080 -h /tmp/www";
  return { code, port: "0:8080", cmd: shell(`${page} && ${serve} && ${forEver}`) };
}

/** Waits until it is told to end. */
const forEver = "trap 'exit 0' TERM; while :; do sleep 3600 & wait; done";

export function shell(script: string): string[] {
  return ["sh", "-c", script];
}
