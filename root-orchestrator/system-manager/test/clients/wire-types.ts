/*
 * The types that strict clients decode into: one wrong type anywhere and a whole list is lost. null and absent are fine
 * for the Go client.
 */
export type Kind =
  | "string"
  | "text or number"
  | "integer"
  | "number"
  | "boolean"
  | "strings"
  | "list"
  | "chart";

const isString = (value: unknown): boolean => typeof value === "string";

const kinds: Record<Kind, (value: unknown) => boolean> = {
  string: isString,
  "text or number": (value) => isString(value) || typeof value === "number",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  strings: (value) => Array.isArray(value) && value.every(isString),
  list: Array.isArray,
  chart: (value) =>
    Array.isArray(value) &&
    value.every((point) => isString(point.value) && isString(point.timestamp)),
};

export type Shape = Readonly<Record<string, Kind>>;

const of = (kind: Kind, names: string): Shape =>
  Object.fromEntries(names.split(" ").map((name) => [name, kind]));

export const wireTypes = {
  cluster: {
    ...of("string", "_id cluster_name candidate_name ip cluster_location"),
    ...of("text or number", "port"),
    ...of("boolean", "active"),
    ...of("integer", "active_nodes total_cpu_cores total_gpu_cores vcpus vgpus memory_in_mb vram"),
    ...of("number", "cpu_percent memory_percent gpu_percent gpu_temp vram_percent"),
    ...of("number", "last_modified_timestamp"),
    ...of("strings", "virtualization csi_drivers supported_addons gpu_drivers"),
  },
  service: {
    ...of("string", "microserviceID microservice_name microservice_namespace applicationID"),
    ...of("string", "application_name app_name application_namespace app_ns status status_detail"),
    ...of("string", "port code virtualization RR_ip"),
    ...of("integer", "memory vcpus vgpus"),
    ...of("strings", "environment"),
    ...of("list", "instance_list"),
  },
  instance: {
    ...of("integer", "instance_number host_port"),
    ...of("string", "status status_detail publicip cluster_id cluster_location host_ip disk"),
    ...of("string", "cpu_percent memory_percent logs worker_id"),
    ...of("chart", "cpu_history memory_history"),
  },
  application: {
    ...of("string", "applicationID application_name application_namespace application_desc"),
    ...of("strings", "microservices"),
  },
} as const satisfies Record<string, Shape>;

/** What a strict decoder would refuse. */
export function wrongTypes(value: unknown, shape: Shape): string[] {
  const object = value as Record<string, unknown>;
  return Object.entries(shape)
    .filter(
      ([key, kind]) =>
        object[key] !== undefined && object[key] !== null && !kinds[kind](object[key]),
    )
    .map(([key, kind]) => `${key} is not ${kind}: ${JSON.stringify(object[key])}`);
}

/** The first-run journey of every new user: one that serves, one that asks it under its balanced address. */
export const firstSla = {
  sla_version: "v2.0",
  customerID: "Admin",
  applications: [
    {
      applicationID: "",
      application_name: "first",
      application_namespace: "test",
      application_desc: "A caller and a server",
      microservices: [
        {
          microserviceID: "",
          microservice_name: "caller",
          microservice_namespace: "test",
          virtualization: "container",
          cmd: ["sh", "-c", "curl 10.30.40.40"],
          memory: 100,
          vcpus: 1,
          vgpus: 0,
          vtpus: 0,
          bandwidth_in: 0,
          bandwidth_out: 0,
          storage: 0,
          code: "registry.example/caller:1",
          state: "",
          port: "",
          added_files: [],
        },
        {
          microserviceID: "",
          microservice_name: "server",
          microservice_namespace: "test",
          virtualization: "container",
          cmd: [],
          memory: 100,
          vcpus: 1,
          vgpus: 0,
          code: "registry.example/server:1",
          state: "",
          port: "6080:80/tcp",
          addresses: { rr_ip: "10.30.40.40" },
          added_files: [],
        },
      ],
    },
  ],
};
