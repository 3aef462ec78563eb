import type { Job } from "@oak/contracts";
import type { DrawnService } from "./scenario.ts";

export const serviceId = (index: number): string =>
  `5e0000000000000000000${index.toString(16).padStart(3, "0")}`;

/** A service of one core an instance, without instances yet. */
export function aJob(id: string, { isOneShot, onDisconnect }: DrawnService): Job {
  const service = `s${id.slice(-3)}`;
  const name = `app.test.${service}.test`;
  return {
    _id: id,
    job_name: name,
    job_name_key: name,
    image: "image",
    code: "image",
    virtualization: "docker",
    vcpus: 1,
    memory: 100,
    ...(isOneShot ? { one_shot: true } : {}),
    ...(onDisconnect === undefined ? {} : { onDisconnect }),
    microservice_name: service,
    microservice_namespace: "test",
    applicationID: id,
    app_name: "app",
    app_ns: "test",
    service_name: service,
    service_ns: "test",
    owner: "Admin",
    rev: 1,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: 0,
  };
}
