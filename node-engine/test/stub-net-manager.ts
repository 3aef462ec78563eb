import { readlink, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { json } from "node:stream/consumers";
import {
  NetAttach,
  NetDetach,
  NetLeases,
  NetPrepare,
  NetRegister,
  NetRelease,
} from "@oak/contracts";

/** A net-manager that connects nothing, and remembers what it was told. */
export interface StubNetManager {
  /** `path` and what it was about, in order. */
  calls: string[];
  registration(): NetRegister | undefined;
  attached: Map<string, NetAttach>;
  /** Namespaces by their slot. */
  slots: Map<string, number>;
  leases: Map<string, number>;
  /** Answers with this code from now on to whoever wants an address. */
  refuse(code: string | undefined): void;
  listen(): Promise<void>;
  close(): Promise<void>;
  /** As another process with an empty memory. */
  restart(): Promise<void>;
}

const refusedStatus: Readonly<Record<string, number>> = { subnet_full: 507, port_taken: 409 };
const firstChosenPort = 30_000;

class Refusal extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`refused: ${code}`);
    this.code = code;
  }
}

export function createStubNetManager(socketPath: string): StubNetManager {
  const calls: string[] = [];
  const attached = new Map<string, NetAttach>();
  const slots = new Map<string, number>();
  const leases = new Map<string, number>();
  let registration: NetRegister | undefined;
  let refusal: string | undefined;
  let sessions = 0;
  let server: Server | undefined;

  const session = (): string => `session-${sessions}`;
  const slotOf = async (pid: number): Promise<string> => {
    const slot = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
    if (slot === undefined) throw new Refusal("process_gone");
    if (!slots.has(slot) && refusal !== undefined) throw new Refusal(refusal);
    slots.set(slot, pid);
    return slot;
  };
  const addresses = { nsAddress: "10.18.0.2", nsAddressv6: "fc00::2" };

  const routes: Record<string, (body: unknown) => object | Promise<object>> = {
    "/status": () => ({ session: session(), registered: registration !== undefined }),
    "/register": (body) => {
      registration = NetRegister.parse(body);
      return { session: session(), resolver: "10.18.0.1", resolverv6: "fc00::1" };
    },
    "/container/prepare": async (body) => ({
      slot: await slotOf(NetPrepare.parse(body).pid),
      ...addresses,
    }),
    "/container/release": (body) => {
      slots.delete(NetRelease.parse(body).slot);
      return {};
    },
    "/container/deploy": async (body) => {
      const wanted = NetAttach.parse(body);
      const slot = await slotOf(wanted.pid);
      attached.set(nameOf(wanted), wanted);
      let next = firstChosenPort;
      const portMappings = wanted.portMappings.replaceAll(
        /(^|;)0:/g,
        (_, start) => `${start}${next++}:`,
      );
      return { serviceName: wanted.serviceName, ...addresses, slot, portMappings };
    },
    "/container/undeploy": async (body) => {
      const wanted = NetDetach.parse(body);
      const before = attached.get(nameOf(wanted));
      attached.delete(nameOf(wanted));
      for (const [slot, pid] of slots) if (pid === before?.pid) slots.delete(slot);
      return {};
    },
    "/leases": (body) => {
      for (const one of NetLeases.parse(body).leases) leases.set(nameOf(one), one.forMs);
      return {};
    },
  };

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    const path = request.url ?? "";
    const body = request.method === "POST" ? await json(request) : undefined;
    if (path !== "/status") calls.push(`${path}${about(body)}`);
    const isEarly = registration === undefined && path.startsWith("/container");
    try {
      if (isEarly) throw new Refusal("not_registered");
      return { status: 200, body: (await routes[path]?.(body)) ?? {} };
    } catch (error) {
      const code = error instanceof Refusal ? error.code : "bad_request";
      const message = error instanceof Error ? error.message : "";
      return { status: refusedStatus[code] ?? 400, body: { error: code, message } };
    }
  };

  const listen = async (): Promise<void> => {
    sessions += 1;
    const next = createServer((request, response) => {
      answer(request).then(
        ({ status, body }) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify(body));
        },
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => next.listen(socketPath, resolve));
    server = next;
  };
  const close = async (): Promise<void> => {
    const ending = server;
    server = undefined;
    ending?.closeAllConnections();
    await new Promise((resolve) => (ending === undefined ? resolve(0) : ending.close(resolve)));
    await rm(socketPath, { force: true });
  };

  return {
    calls,
    registration: () => registration,
    attached,
    slots,
    leases,
    refuse: (code) => {
      refusal = code;
    },
    listen,
    close,
    restart: async () => {
      await close();
      registration = undefined;
      attached.clear();
      slots.clear();
      await listen();
    },
  };
}

function nameOf(one: { serviceName: string; instanceNumber: number }): string {
  return `${one.serviceName}/${one.instanceNumber}`;
}

function about(body: unknown): string {
  const parsed = NetDetach.safeParse(body);
  return parsed.success ? ` ${nameOf(parsed.data)}` : "";
}
