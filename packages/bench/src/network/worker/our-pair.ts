import type { Addresses, ServiceProgram } from "@oak/net-manager";
import type { TestBed } from "@oak/testkit";
import { addNamespace } from "../../system/namespaces.ts";
import type { NamespaceProcess } from "../namespace-process.ts";
import type { Cores, Path, Place } from "../path.ts";
import { startClient, startServers } from "../places.ts";
import {
  connect,
  createOurWorkers,
  type OurWorker,
  setLocal,
  setProgram,
  tenant,
} from "./our-worker.ts";

/** A client on one worker, and servers on the other. */
export interface OurPair {
  paths: readonly Path[];
  client: Place;
  /** The worker of the client. */
  near: NamespaceProcess;
  /** The worker of the servers. */
  far: NamespaceProcess;
  /** What leads from {@link extraService} to the server, or to nobody. */
  programFor(number: number, target: "server" | "nobody"): ServiceProgram;
}

/** A workload of the bench. */
interface Placed {
  service: string;
  number: number;
  namespace: Addresses;
  instance: Addresses;
  worker: OurWorker;
}

export async function createOurPair(
  bed: TestBed,
  { tag, cores }: { tag: string; cores: Cores },
): Promise<OurPair> {
  const workers = await createOurWorkers(bed, tag);
  const [near, far] = workers;
  const names = [1, 2, 3].map((number) => `oakb-${tag}-w${number}`);
  for (const name of names) await addNamespace(bed, name);
  const [inClient = "", inServer = "", inOther = ""] = names;

  const from = await startClient(bed, inClient, cores);
  const client = await place(near, from.probe.pid, { service: "client", number: 0 });
  const servers: Placed[] = [];
  for (const [number, name] of [inServer, inOther].entries()) {
    const { pid } = await startServers(bed, name, cores);
    servers.push(await place(far, pid, { service: "server", number }));
  }

  const [server = client] = servers;
  const programs = [
    programOf({ name: "client", address: serviceAddress(1), targets: [], attached: [client] }),
    programOf({ name: "single", address: serviceAddress(2), targets: [server] }),
    programOf({ name: "spread", address: serviceAddress(3), targets: servers, attached: servers }),
  ];
  for (const worker of workers) for (const one of programs) await setProgram(worker, one);

  return {
    client: from,
    near: near.agent,
    far: far.agent,
    paths: [
      { name: "namespace", from, address: server.namespace.v4 },
      { name: "service", from, address: serviceAddress(2).v4 },
      { name: "spread", from, address: serviceAddress(3).v4, isSpread: true },
    ],
    programFor: (number, target) =>
      programOf({
        name: `extra${number}`,
        address: serviceAddress(number + firstExtra),
        targets: target === "server" ? [server] : [],
      }),
  };
}

const firstExtra = 10;

/** The address of one of the services that come and go. @param number below 200 */
export function extraService(number: number): string {
  return serviceAddress(number + firstExtra).v4;
}

/** Below those of the many. @param number 1 to 255 */
function serviceAddress(number: number): Addresses {
  return { v4: `10.28.0.${number}`, v6: `fdff:2000::${number.toString(16)}` };
}

/** Connects a workload, and tells its worker who it is. */
async function place(
  worker: OurWorker,
  pid: number,
  { service, number }: { service: string; number: number },
): Promise<Placed> {
  const namespace = await connect(worker, pid);
  const digit = service === "client" ? 1 : number + 2;
  const instance = { v4: `10.30.0.${digit}`, v6: `fdff::${digit}` };
  const placed = { service: jobName(service), number, namespace, instance };
  await setLocal(worker, placed);
  return { ...placed, worker };
}

function jobName(service: string): string {
  return `${service}.bench.${service}.bench`;
}

interface ProgramOptions {
  name: string;
  address: Addresses;
  targets: readonly Placed[];
  /** Of several services that lead to a workload, one has it attached. */
  attached?: readonly Placed[];
}

function programOf(options: ProgramOptions): ServiceProgram {
  const { name, address, targets, attached = [] } = options;
  return {
    name: jobName(name),
    routes: (["v4", "v6"] as const).map((family) => ({
      address: address[family],
      targets: targets.map(({ namespace }) => namespace[family]),
    })),
    attached: attached.map(({ instance, namespace, worker }) => ({
      instance,
      namespace,
      peer: worker.subnet.v4,
    })),
    admits: [tenant],
    isExclusive: false,
  };
}
