import type {
  ApplicationView,
  ClusterView,
  InstanceMoveBody,
  InstanceView,
  ServiceView,
} from "@oak/contracts";
import { createHttpClient, HttpError } from "@oak/kit";

/** The public REST API of a root, as a user's client calls it. */
export interface PublicApi {
  /** Posts an SLA; answers the application and its services. */
  createApplication(sla: unknown): Promise<{ id: string; services: string[] }>;
  /** Those of the user. */
  applications(): Promise<ApplicationView[]>;
  deleteApplication(id: string): Promise<void>;
  /** Answers the number of the instance. */
  addInstance(serviceId: string): Promise<number>;
  /** One instance, or all with -1. */
  deleteInstance(serviceId: string, number: number): Promise<void>;
  moveInstance(serviceId: string, number: number, to?: InstanceMoveBody): Promise<void>;
  service(serviceId: string): Promise<ServiceView>;
  instance(serviceId: string, number: number): Promise<InstanceView>;
  /** Every service of every user. */
  services(): Promise<ServiceView[]>;
  clusters(): Promise<ClusterView[]>;
  removeCluster(id: string): Promise<void>;
  /** Any other request; answers its body. */
  request(method: Method, path: string, body?: unknown): Promise<unknown>;
  orphans(): Promise<Orphan[]>;
  /** Whatever is under a path. */
  get(path: string): Promise<unknown>;
}

/** What runs in a cluster although the root knows no service that wants it. */
export interface Orphan {
  cluster_id: string;
  job_id: string;
  instance_number: number;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

interface SlaNames {
  applications: { application_name: string }[];
}

interface CreatedApplication {
  application_name: string;
  applicationID: string;
  microservices: string[];
}

/** Logs in when it has to: also after the root got another database, with other keys. */
export function createPublicApi(
  baseUrl: string,
  account = { username: "Admin", password: "Admin" },
): PublicApi {
  let token = "";

  // A client for each request: connections that were kept end when the server is killed.
  const send = async (method: Method, path: string, body?: unknown) => {
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const client = createHttpClient({ baseUrl, headers, timeoutMs: 10_000 });
    try {
      return await client.request({ method, path, body });
    } finally {
      client.close();
    }
  };
  const logIn = async (): Promise<void> => {
    token = "";
    const answer = (await send("POST", "/api/auth/login", account)) as { token: string };
    token = answer.token;
  };
  const call = async (...request: Parameters<typeof send>): Promise<unknown> => {
    if (token === "") await logIn();
    try {
      return await send(...request);
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 401)) throw error;
      await logIn();
      return await send(...request);
    }
  };
  const service = async (id: string) => (await call("GET", `/api/service/${id}`)) as ServiceView;

  return {
    request: call,
    createApplication: async (sla) => {
      const all = (await call("POST", "/api/application", sla)) as CreatedApplication[];
      // The answer lists every application of the user.
      const names = (sla as SlaNames).applications.map((one) => one.application_name);
      const made = all.find((one) => names.includes(one.application_name))!;
      return { id: made.applicationID, services: made.microservices };
    },
    applications: async () => (await call("GET", "/api/applications")) as ApplicationView[],
    deleteApplication: async (id) => {
      await call("DELETE", `/api/application/${id}`);
    },
    addInstance: async (serviceId) => {
      const answer = await call("POST", `/api/service/${serviceId}/instance`);
      return (answer as { instance_number: number }).instance_number;
    },
    deleteInstance: async (serviceId, number) => {
      await call("DELETE", `/api/service/${serviceId}/instance/${number}`);
    },
    moveInstance: async (serviceId, number, to = {}) => {
      await call("POST", `/api/service/${serviceId}/instance/${number}/move`, to);
    },
    service,
    instance: async (serviceId, number) => {
      const { instance_list } = await service(serviceId);
      const found = instance_list.find(({ instance_number }) => instance_number === number);
      if (found === undefined) throw new Error(`instance ${number} is not in the list`);
      return found;
    },
    services: async () => (await call("GET", "/api/services")) as ServiceView[],
    get: (path) => call("GET", path),
    clusters: async () => (await call("GET", "/api/clusters")) as ClusterView[],
    removeCluster: async (id) => {
      await call("DELETE", `/api/clusters/${id}`);
    },
    orphans: async () => (await call("GET", "/api/orphans")) as Orphan[],
  };
}
