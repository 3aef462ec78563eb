/** Builders of deployment descriptors for tests: what they make is valid until a test bends it. */
export function aService(extra: object = {}): Record<string, unknown> {
  return {
    microserviceID: "",
    microservice_name: "web",
    microservice_namespace: "prod",
    virtualization: "container",
    code: "registry.example/web:1",
    memory: 64,
    vcpus: 1,
    ...extra,
  };
}

export function anApplication(extra: object = {}): Record<string, unknown> {
  return {
    applicationID: "",
    application_name: "shop",
    application_namespace: "prod",
    application_desc: "A shop",
    microservices: [aService()],
    ...extra,
  };
}

export function anSla(...applications: object[]): Record<string, unknown> {
  return {
    sla_version: "v2.0",
    customerID: "ada",
    applications: applications.length === 0 ? [anApplication()] : applications,
  };
}

/** A document with one service that has these fields. */
export function slaWithService(extra: object): Record<string, unknown> {
  return anSla(anApplication({ microservices: [aService(extra)] }));
}
