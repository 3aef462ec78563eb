import type { InstanceView } from "@oak/contracts";

/** The few requests of the public API that the demo needs, as any client would send them. */
export interface PublicApi {
  isReady(): Promise<{ ready: boolean; missing: string }>;
  login(username: string, password: string): Promise<void>;
  createApplication(sla: unknown): Promise<{ id: string; services: string[] }>;
  addInstance(serviceId: string): Promise<void>;
  instances(serviceId: string): Promise<{ name: string; instances: InstanceView[] }>;
  moveInstance(serviceId: string, number: number): Promise<void>;
  /** Workers that are connected, of all clusters. */
  workers(): Promise<number>;
}

export function createPublicApi(baseUrl: string): PublicApi {
  let token = "";
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    isReady: async () => {
      const response = await fetch(`${baseUrl}/readyz`);
      return { ready: response.ok, missing: response.ok ? "" : await response.text() };
    },
    login: async (username, password) => {
      const answer = (await call("POST", "/api/auth/login", { username, password })) as {
        token: string;
      };
      token = answer.token;
    },
    createApplication: async (sla) => {
      const applications = (await call("POST", "/api/application", sla)) as {
        applicationID: string;
        microservices: string[];
      }[];
      const made = applications.at(-1);
      if (made === undefined) throw new Error("the application is not in the answer");
      return { id: made.applicationID, services: made.microservices };
    },
    addInstance: async (serviceId) => {
      await call("POST", `/api/service/${serviceId}/instance`);
    },
    instances: async (serviceId) => {
      const service = (await call("GET", `/api/service/${serviceId}`)) as {
        job_name: string;
        instance_list: InstanceView[];
      };
      return { name: service.job_name, instances: service.instance_list };
    },
    moveInstance: async (serviceId, number) => {
      await call("POST", `/api/service/${serviceId}/instance/${number}/move`, { drain_s: 0 });
    },
    workers: async () => {
      const clusters = (await call("GET", "/api/clusters")) as { active_nodes: number }[];
      return clusters.reduce((sum, { active_nodes }) => sum + active_nodes, 0);
    },
  };
}
