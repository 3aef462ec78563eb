/** SLA of one application of services that need next to nothing and have no instance yet. */
export function anSla(name: string, services: number, code = "fake/ok"): unknown {
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        application_name: name,
        application_namespace: "bench",
        application_desc: "What a bench deploys",
        microservices: Array.from({ length: services }, (_, number) => ({
          microservice_name: `service${number}`,
          microservice_namespace: "bench",
          virtualization: "container",
          code,
          vcpus: 0,
          memory: 16,
        })),
      },
    ],
  };
}
