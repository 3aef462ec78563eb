/** An SLA that comes with this command, for a first try. */
export interface ExampleSla {
  name: string;
  summary: string;
  sla: Readonly<Record<string, unknown>>;
}

interface ExampleApplication {
  name: string;
  description: string;
  services: readonly Readonly<Record<string, unknown>>[];
}

/** upstream: `oak app create` offers these three names. */
export const examples: readonly ExampleSla[] = [
  {
    name: "blank_app_without_services",
    summary: "an application that has no services yet",
    sla: slaOf({ name: "blank", description: "An application without services", services: [] }),
  },
  {
    name: "default_app_with_services",
    summary: "a web server, and a client that asks it at its service address",
    sla: slaOf({
      name: "clientsrvr",
      description: "A client that asks a web server again and again",
      services: [
        container("curl", "docker.io/curlimages/curl:8.10.1", {
          one_shot: true,
          cmd: ["sh", "-c", "sleep 5; curl -s 10.30.30.30"],
        }),
        container("nginx", "docker.io/library/nginx:1.27", {
          port: "6080:80/tcp",
          addresses: { rr_ip: "10.30.30.30" },
        }),
      ],
    }),
  },
  {
    name: "edge_gaming",
    summary: "a game server with a proxy before it and a page for its operator",
    sla: slaOf({
      name: "gaming",
      description: "A game near its players",
      services: [
        container("server", "docker.io/itzg/minecraft-server:latest", {
          memory: 1_500,
          vcpus: 2,
          environment: ["EULA=TRUE", "ONLINE_MODE=FALSE", "MEMORY=1G"],
          addresses: { rr_ip: "10.30.40.10" },
        }),
        container("proxy", "docker.io/library/nginx:1.27", {
          port: "25565:25565/tcp",
          cmd: [
            "sh",
            "-c",
            "printf 'events {}\\nstream { server { listen 25565; proxy_pass 10.30.40.10:25565; } }\\n' > /tmp/n.conf; exec nginx -g 'daemon off;' -c /tmp/n.conf",
          ],
        }),
        container("status", "docker.io/library/nginx:1.27", { port: "6081:80/tcp" }),
      ],
    }),
  },
];

function slaOf({ name, description, services }: ExampleApplication): ExampleSla["sla"] {
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        applicationID: "",
        application_name: name,
        application_namespace: "test",
        application_desc: description,
        microservices: services,
      },
    ],
  };
}

function container(
  name: string,
  code: string,
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    microserviceID: "",
    microservice_name: name,
    microservice_namespace: "test",
    virtualization: "container",
    memory: 100,
    vcpus: 1,
    code,
    ...more,
  };
}
