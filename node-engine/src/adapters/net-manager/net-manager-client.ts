import { NetAttached, NetRegistered, NetSlot, NetStatus } from "@oak/contracts";
import { createHttpClient, HttpError, UnreachableError } from "@oak/kit";
import type { z } from "zod";
import { createFault, type FaultReason, RuntimeFault } from "../../domain/fault.ts";
import type { NetManager } from "../../network/ports.ts";

/** upstream: ten seconds for each request of the node engine. */
const timeoutMs = 10_000;
/** It waits for the broker and for a subnet. */
const registerTimeoutMs = 20_000;

const refusals: Readonly<Record<string, FaultReason>> = {
  subnet_full: "network_full",
  port_taken: "port_taken",
  not_registered: "network_unavailable",
  process_gone: "network_lost",
};

/** Speaks to the net-manager over its unix socket. */
export function createNetManagerClient(socketPath: string): NetManager {
  const client = createHttpClient({ baseUrl: `unix:${socketPath}`, timeoutMs });

  const post = <T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> =>
    client.request({ method: "POST", path, body, schema }).catch(refuse);
  /** What it answers does not matter. */
  const tell = async (path: string, body: object): Promise<void> => {
    await client.request({ method: "POST", path, body }).catch(refuse);
  };

  return {
    status: () => client.request({ path: "/status", schema: NetStatus }).catch(refuse),
    register: (registration, signal) =>
      client
        .request({
          ...{ method: "POST", path: "/register", body: registration, schema: NetRegistered },
          ...{ timeoutMs: registerTimeoutMs, signal },
        })
        .catch(refuse),
    prepare: (pid) => post("/container/prepare", { pid }, NetSlot),
    attach: (attachment) => post("/container/deploy", attachment, NetAttached),
    detach: (instance) => tell("/container/undeploy", instance),
    release: (slot) => tell("/container/release", { slot }),
    renewLeases: (leases) => tell("/leases", { leases }),
    close: () => client.close(),
  };
}

function refuse(error: unknown): never {
  if (error instanceof UnreachableError) {
    throw new RuntimeFault(createFault("network_unavailable"), error);
  }
  if (!(error instanceof HttpError)) throw new RuntimeFault(createFault("network_failed"), error);
  const reason = refusals[error.code ?? ""] ?? "network_failed";
  // The program itself is there, and about to be ready.
  const isComing = error.status === 503;
  throw new RuntimeFault(
    createFault(isComing ? "network_unavailable" : reason, factOf(error)),
    error,
  );
}

function factOf({ body }: HttpError): string | undefined {
  if (typeof body !== "object" || body === null || !("message" in body)) return undefined;
  return typeof body.message === "string" ? body.message : undefined;
}
