import { type Id, type Job, NetAddresses } from "@oak/contracts";
import {
  type AppError,
  type Clock,
  type HttpClient,
  HttpError,
  type Logger,
  pathOf,
  sleep,
  UnreachableError,
} from "@oak/kit";
import { errors } from "../../errors.ts";
import type { Network } from "../../ports/network.ts";
import { createAddressMemory } from "./address-memory.ts";
import { createGiveSoon } from "./give-soon.ts";

export interface NetworkDeps {
  /** To the network-manager of the root, with the tier secret. */
  client: HttpClient;
  clock: Clock;
  logger: Logger;
}

/** Users wait for these. */
const patienceMs = 2_000;
/** A view without addresses is better than a late one. */
const readPatienceMs = 500;
const deletePatienceMs = 250;
const mostAsked = 500;

/** The network, kept by the root's network-manager. */
export function createNetwork({ client, clock, logger }: NetworkDeps): Network {
  const memory = createAddressMemory({
    monotonicMs: clock.monotonicMs,
    ask: async (jobIds) => {
      const found = await client.request({
        method: "POST",
        path: "/api/net/addresses",
        body: { job_ids: jobIds },
        schema: NetAddresses,
        timeoutMs: readPatienceMs,
      });
      return found.services;
    },
    mostAsked,
    onAway: (err) => logger.debug({ err }, "addresses are not shown: the network is away"),
  });
  const ask = async (path: string, body: object): Promise<void> => {
    await client.request({ method: "POST", path, body, timeoutMs: patienceMs });
  };
  const giveInstance = async (_id: Id, instance_number: number): Promise<"given" | "unknown"> => {
    try {
      await ask("/api/net/instance/deploy", { _id, instance_number, cluster_id: "" });
      return "given";
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.code === "addresses_exhausted") throw refusal;
      logger.debug({ service: _id, err: error }, "an instance gets its addresses later");
      return "unknown";
    }
  };
  return {
    giveService: async (service) => {
      try {
        const { _id } = service;
        await ask("/api/net/service/deploy", { _id, deployment_descriptor: descriptorOf(service) });
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal !== undefined) throw refusal;
        if (!isAway(error)) throw error;
        if (hasWishes(service)) {
          const detail = "Whether the chosen addresses are free cannot be known at the moment";
          throw errors.unavailable({ detail, cause: error });
        }
        logger.warn({ service: service._id, err: error }, "a service gets its addresses later");
      }
    },
    takeBack: async (serviceId) => {
      const path = `/api/net/service${pathOf(serviceId)}`;
      const taking = client
        .request({ method: "DELETE", path, query: { retired: "true" }, timeoutMs: patienceMs })
        .catch((err: unknown) => {
          logger.debug({ service: serviceId, err }, "addresses come back later");
        });
      // Long enough for the same addresses to be chosen in the next request; who deletes does not wait longer.
      await Promise.race([taking, sleep(clock, deletePatienceMs)]);
    },
    giveInstance: async (serviceId, number) => void (await giveInstance(serviceId, number)),
    giveInstanceSoon: createGiveSoon({
      give: giveInstance,
      monotonicMs: clock.monotonicMs,
      onLate: (err, service, number) =>
        logger.warn({ service, number, err }, "an instance gets its addresses when there are some"),
    }),
    addressesOf: memory.of,
  };
}

/** What the network-manager reads of a service, and not what its containers are told. */
function descriptorOf(service: Job) {
  const { app_name, app_ns, microservice_name, microservice_namespace, addresses } = service;
  const names = { app_name, app_ns, microservice_name, microservice_namespace };
  return addresses === undefined ? names : { ...names, addresses };
}

function hasWishes({ addresses = {} }: Job): boolean {
  const { rr_ip, rr_ip_v6, closest_ip, closest_ip_v6 } = addresses;
  return [rr_ip, rr_ip_v6, closest_ip, closest_ip_v6].some((wish) => wish !== undefined);
}

/** In the words of the network-manager, which name the pool or the address. */
function refusalOf(error: unknown): AppError | undefined {
  if (!(error instanceof HttpError)) return undefined;
  const detail = textOf(error.body, "message");
  const options = { cause: error, ...(detail === undefined ? {} : { detail }) };
  if (error.status === 507) return errors.addresses_exhausted(options);
  if (error.status === 409) return errors.address_taken(options);
  if (error.status === 400) return errors.address_refused(options);
  return undefined;
}

function textOf(body: unknown, key: string): string | undefined {
  const text: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, key) : undefined;
  return typeof text === "string" ? text : undefined;
}

function isAway(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof HttpError && error.status >= 500);
}
