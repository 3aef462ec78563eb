import {
  type Constraint,
  Microservice,
  Sla,
  SlaApplication,
  type SlaWarning,
} from "@oak/contracts";
import { applicationServerKeys, serverKeys } from "./server-keys.ts";
import { type SlaPath, slaPointer } from "./sla-fault.ts";

/**
 * What was accepted but does not do what its author may expect: keys that nobody reads, and wishes that
 * placement does not consider yet.
 */
export function warningsOf(sla: Sla): SlaWarning[] {
  return [
    ...unknownKeys(sla, Sla.shape, []),
    ...sla.applications.flatMap((application, index) => applicationWarnings(application, index)),
  ];
}

/** The warnings about one application of a document; pointers begin at the document. */
function applicationWarnings(application: SlaApplication, index: number): SlaWarning[] {
  const path = ["applications", index];
  return [
    ...unknownKeys(application, SlaApplication.shape, path),
    ...application.microservices.flatMap((service, position) =>
      serviceWarnings(service, [...path, "microservices", position]),
    ),
  ];
}

function serviceWarnings(service: Microservice, path: SlaPath): SlaWarning[] {
  const constraints = service.constraints ?? [];
  return [
    ...unknownKeys(service, Microservice.shape, path),
    ...constraints.flatMap((constraint, index) =>
      constraintWarnings(constraint, [...path, "constraints", index]),
    ),
    ...((service.connectivity ?? []).length > 0
      ? [warning([...path, "connectivity"], "is kept; placement does not use it yet")]
      : []),
  ];
}

function constraintWarnings(constraint: Constraint, path: SlaPath): SlaWarning[] {
  switch (constraint.type) {
    case "latency":
    case "geo":
      return [warning(path, `${constraint.type} is kept; placement does not use it yet`)];
    case "direct":
      return isBlank(constraint.node) && isBlank(constraint.cluster)
        ? [warning(path, "names neither node nor cluster and so has no effect")]
        : [];
    case "clusters":
      return isBlank(constraint.allowed)
        ? [warning(path, "has no allowed clusters: no effect")]
        : [];
    case "addons":
      return isBlank(constraint.needs) ? [warning(path, "has no needs: no effect")] : [];
  }
}

function isBlank(value: string | readonly string[] | undefined): boolean {
  return value === undefined || value.length === 0;
}

/** Spellings found in older documentation and in other tools' files. */
const meantKeys: Readonly<Record<string, string>> = {
  api_version: "sla_version",
  arguments: "cmd",
  command: "cmd",
  cpu: "vcpus",
  cpus: "vcpus",
  env: "environment",
  environments: "environment",
  gpu: "vgpus",
  gpus: "vgpus",
  image: "code",
  mem: "memory",
  oneshot: "one_shot",
  ports: "port",
  vcpu: "vcpus",
  vgpu: "vgpus",
  vtpu: "vtpus",
  volume: "volumes",
};

function unknownKeys(value: object, shape: object, path: SlaPath): SlaWarning[] {
  return Object.keys(value)
    .filter((key) => !Object.hasOwn(shape, key))
    .map((key) => {
      const dropped = shape === Microservice.shape ? serverKeys : applicationServerKeys;
      const fate = dropped.has(key) ? "it is dropped" : "it is kept and has no effect";
      return warning([...path, key], `is not a known key: ${fate}${hintFor(key, shape)}`);
    });
}

function hintFor(key: string, shape: object): string {
  const meant = Object.hasOwn(meantKeys, key) ? meantKeys[key] : undefined;
  return meant !== undefined && Object.hasOwn(shape, meant) ? `; did you mean ${meant}?` : "";
}

function warning(path: SlaPath, message: string): SlaWarning {
  return { pointer: slaPointer(path), message };
}
