/** What can be deployed, in the order of the SLA. */
export const serviceNames = ["off", "on", "far", "near", "server"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where `server` takes connections. */
export const serverPort = 9000;

/** The worker of each; the two that are compared are alike but for that. */
const places: Readonly<Record<ServiceName, string>> = {
  off: "off",
  on: "on",
  far: "other",
  near: "on",
  server: "on",
};

/** Ends at once when it is told to. */
const serve = `trap 'exit 0' TERM; busybox nc -ll -p ${serverPort} -e cat & wait`;

/** One application with all of them. */
export function anSla(cluster: string, image: string): unknown {
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        application_name: "networked",
        application_namespace: "bench",
        application_desc: "What is deployed with and without service networking",
        microservices: serviceNames.map((name) => ({
          microservice_name: name,
          microservice_namespace: "bench",
          virtualization: "container",
          code: image,
          vcpus: 0,
          memory: 16,
          environment: ["GREETING=hello"],
          constraints: [{ type: "direct", cluster, node: places[name] }],
          ...(name === "server" ? { cmd: ["sh", "-c", serve] } : { port: "0:8080" }),
        })),
      },
    ],
  };
}
