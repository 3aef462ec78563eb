import { createHttpClient } from "@oak/kit";
import { z } from "zod";

const Login = z.object({ token: z.string() });
const Applications = z.array(
  z.object({ applicationID: z.string(), microservices: z.array(z.string()) }),
);
const Added = z.object({ instance_number: z.int() });
const Instance = z.object({
  instance_number: z.int(),
  status: z.string(),
  status_detail: z.string().optional(),
  worker_id: z.string().optional(),
});
const Service = z.object({ instance_list: z.array(Instance) });
const Addressed = z.object({ addresses: z.object({ rr_ip: z.string() }) });
export type InstanceState = z.infer<typeof Instance>;

/** The few requests of the public API that a deployment needs, over one kept connection. */
export interface PublicApi {
  /** Logs in, unless it did a short while ago: a token lives for some minutes only. */
  logIn(): Promise<void>;
  /** With which it proves who it is, for requests by other means. */
  headers(): Record<string, string>;
  /** `serviceIds` in the order of the SLA; `serviceId` is the first. */
  createApplication(sla: unknown): Promise<{ id: string; serviceId: string; serviceIds: string[] }>;
  deleteApplication(id: string): Promise<void>;
  /** Answers the number of the instance. */
  addInstance(serviceId: string): Promise<number>;
  removeInstance(serviceId: string, instanceNumber: number): Promise<void>;
  instances(serviceId: string): Promise<InstanceState[]>;
  /** At which its instances answer in turn. @throws when it has none */
  serviceAddress(serviceId: string): Promise<string>;
  close(): void;
}

export interface Account {
  username: string;
  password: string;
}

/** A first start makes it, on the loopback with this password. */
const accountOfLoopback = { username: "Admin", password: "Admin" };
const loginMs = 5 * 60_000;

export function createPublicApi(baseUrl: string, account: Account = accountOfLoopback): PublicApi {
  let headers: Record<string, string> = {};
  let loggedInAtMs = Number.NEGATIVE_INFINITY;
  const client = createHttpClient({ baseUrl, headers: () => headers, timeoutMs: 15_000 });
  return {
    logIn: async () => {
      if (performance.now() - loggedInAtMs < loginMs) return;
      const path = "/api/auth/login";
      const { token } = await client.request({
        method: "POST",
        path,
        body: account,
        schema: Login,
      });
      headers = { authorization: `Bearer ${token}` };
      loggedInAtMs = performance.now();
    },
    headers: () => headers,
    createApplication: async (sla) => {
      const path = "/api/application";
      const request = { method: "POST", path, body: sla, schema: Applications } as const;
      const made = (await client.request(request)).at(-1);
      const serviceId = made?.microservices[0];
      if (made === undefined || serviceId === undefined) throw new Error("No service was made");
      return { id: made.applicationID, serviceId, serviceIds: made.microservices };
    },
    deleteApplication: async (id) => {
      await client.request({ method: "DELETE", path: `/api/application/${id}` });
    },
    addInstance: async (serviceId) => {
      const path = `/api/service/${serviceId}/instance`;
      return (await client.request({ method: "POST", path, schema: Added })).instance_number;
    },
    removeInstance: async (serviceId, instanceNumber) => {
      const path = `/api/service/${serviceId}/instance/${instanceNumber}`;
      await client.request({ method: "DELETE", path });
    },
    instances: async (serviceId) => {
      const path = `/api/service/${serviceId}`;
      return (await client.request({ path, schema: Service })).instance_list;
    },
    serviceAddress: async (serviceId) => {
      const path = `/api/service/${serviceId}`;
      return (await client.request({ path, schema: Addressed })).addresses.rr_ip;
    },
    close: client.close,
  };
}
