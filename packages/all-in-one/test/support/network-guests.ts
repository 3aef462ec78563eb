import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ServiceView } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import { networkSocketOf, type WorkerSite } from "@oak/testkit";
import { expect } from "vitest";
import { type ServiceWish, shell } from "./an-sla.ts";
import { untilRunning } from "./deployment.ts";
import { eventually } from "./eventually.ts";
import type { NetworkSite } from "./network-site.ts";
import { copiesOf } from "./running-copies.ts";

/** A running container, and what its inside looks like. */
export interface Guest {
  readonly number: number;
  /** Name of its worker. */
  readonly worker: string;
  readonly pid: number;
  /** Instance addresses. */
  readonly v4: string;
  readonly v6: string;
  readonly ports: string;
  /** Runs a program of the container's own image inside. @throws with its complaints when it fails */
  run(...command: readonly string[]): Promise<string>;
}

/** What a server says of one request. */
export interface Answer {
  /** Which instance it was: `instance-0`. */
  server: string;
  /** Whom the server saw. */
  client: string;
}

/** Port on which {@link aServer} answers. */
export const serverPort = 8080;
/** Port on which {@link aServer} says everything back, for as long as the connection lasts. */
export const echoPort = 9000;

const run = promisify(execFile);

/** Says who it is and whom it sees. */
export function aServer(code: string): ServiceWish {
  const script = "#!/bin/sh\\necho\\necho $HOSTNAME $REMOTE_ADDR\\n";
  const page = `mkdir -p /tmp/www/cgi-bin; printf '${script}' > /tmp/www/cgi-bin/who`;
  const serve = `httpd -p ${serverPort} -h /tmp/www; busybox nc -ll -p ${echoPort} -e cat &`;
  return {
    code,
    memory: 16,
    port: `0:${serverPort}`,
    cmd: shell(`${page}; chmod +x /tmp/www/cgi-bin/who; trap 'exit 0' TERM; ${serve} wait`),
  };
}

/** On this worker and no other. */
export function on(cluster: string, node: string): Pick<ServiceWish, "constraints"> {
  return { constraints: [{ type: "direct", cluster, node }] };
}

/** Waits until so many instances run, and answers them in the order of their numbers. */
export async function guestsOf(
  { api, fleet }: Pick<NetworkSite, "api" | "fleet">,
  service: string,
  count: number,
): Promise<Guest[]> {
  const instances = await untilRunning({ api }, service, count);
  const workers = fleet.clusters.flatMap((cluster) => cluster.workers);
  const lists = await Promise.all(
    workers.map(async ({ name, stateDir }) =>
      (await copiesOf([stateDir])).map((copy) => ({ ...copy, worker: name })),
    ),
  );
  const copies = lists.flat().filter(({ isRunning }) => isRunning);
  return instances.map((view) => {
    const { instance_number: number, instance_ip, instance_ip_v6, published_ports } = view;
    const copy = copies.find(({ instance }) => instance === `${service}/${number}`);
    if (copy === undefined) throw new Error(`instance ${number} has no container`);
    const { worker, pid } = copy;
    return {
      ...{ number, worker, pid, ports: published_ports },
      v4: String(instance_ip),
      v6: String(instance_ip_v6),
      run: async (...command) => {
        const inside = ["-t", `${pid}`, "-m", "-n", "--", "/bin/busybox", ...command];
        return (await run("nsenter", inside, { timeout: 10_000 })).stdout;
      },
    };
  });
}

/** Asks a server once, at an address or a name. */
export async function ask({ run: inside }: Guest, host: string): Promise<Answer> {
  const authority = host.includes(":") ? `[${host}]` : host;
  const url = `http://${authority}:${serverPort}/cgi-bin/who`;
  // Its own limit (-T) ends a statically linked wget with a segmentation fault.
  const page = await inside("timeout", "3", "/bin/busybox", "wget", "-q", "-O", "-", url);
  const [server = "", client = ""] = page.trim().split(" ");
  return { server, client: client.replaceAll(/[[\]]|::ffff:/g, "") };
}

/** The name of a service, as containers look it up. */
export function nameOf(
  view: Pick<ServiceView, "service_name" | "service_ns" | "app_name" | "app_ns">,
) {
  return [view.service_name, view.service_ns, view.app_name, view.app_ns, "oak"].join(".");
}

/** What a worker's net-manager shows, as far as tests look at it. */
export interface ShownStatus {
  tunnels: readonly { worker: string; host: string; tunnel: string; state?: string }[];
  dataPlane: { subnet: { v4: string } };
  wireguard?: { own?: { publicKey: string } };
}

export interface ShownTable {
  services: readonly {
    addresses: readonly { addresses: { v4: string } }[];
    instances: readonly { number: number; tunnel?: string }[];
  }[];
}

/** Asks a net-manager what `net-manager status` and `net-manager table` show. */
export function netManagerOf(worker: WorkerSite) {
  const get = async <T>(path: string): Promise<T> => {
    const client = createHttpClient({ baseUrl: `unix:${networkSocketOf(worker)}` });
    try {
      return (await client.request({ path })) as T;
    } finally {
      client.close();
    }
  };
  return {
    status: () => get<ShownStatus>("/status"),
    table: () => get<ShownTable>("/table"),
  };
}

/** How often each server answered. */
export async function distribution(
  client: Guest,
  host: string,
  times: number,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let asked = 0; asked < times; asked += 1) {
    const { server } = await ask(client, host);
    counts[server] = (counts[server] ?? 0) + 1;
  }
  return counts;
}

/** Waits until a server answers at all: its process runs, but its socket may open a moment later. */
export async function untilAnswered(client: Guest, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await eventually(async () => expect((await ask(client, host)).server).not.toBe(""), 20_000);
  }
}

/**
 * Adds instances until each of these workers has one; where they land is the schedulers' matter, so within a cluster
 * those that crowd are moved.
 */
export async function cover(
  site: NetworkSite,
  service: string,
  workers: readonly string[],
): Promise<Guest[]> {
  for (let count = 1; count <= 4 * workers.length; count += 1) {
    await site.api.addInstance(service);
    if (count < workers.length) continue;
    await spread(site, service, { count, workers });
    const guests = await guestsOf(site, service, count);
    if (workers.every((name) => guests.some(({ worker }) => worker === name))) return guests;
  }
  throw new Error(`not on all of ${workers.join(", ")}`);
}

async function spread(
  site: NetworkSite,
  service: string,
  { count, workers }: { count: number; workers: readonly string[] },
): Promise<void> {
  const guests = await guestsOf(site, service, count);
  const hostedBy = (name: string) => guests.filter(({ worker }) => worker === name);
  for (const name of workers.filter((one) => hostedBy(one).length === 0)) {
    const neighbours = clusterOf(site, name).workers.filter((one) => one.name !== name);
    const [crowd] = neighbours.map((one) => hostedBy(one.name)).filter(({ length }) => length > 1);
    if (crowd?.[0] === undefined) continue;
    const { number } = crowd[0];
    await site.api.moveInstance(service, number, { drain_s: 0 });
    await eventually(async () => {
      const moved = (await guestsOf(site, service, count)).find((one) => one.number === number);
      expect(moved?.worker).not.toBe(crowd[0]?.worker);
    });
  }
}

function clusterOf({ fleet }: NetworkSite, worker: string) {
  const found = fleet.clusters.find(({ workers }) => workers.some(({ name }) => name === worker));
  if (found === undefined) throw new Error(`no cluster has ${worker}`);
  return found;
}
