import type { Addresses, Attached, ServiceProgram } from "@oak/net-manager";
import type { TestBed } from "@oak/testkit";
import { z } from "zod";
import { addCable, addNamespace } from "../../system/namespaces.ts";
import { type NamespaceProcess, startInNamespace } from "../namespace-process.ts";
import type { Cores, Path, Place } from "../path.ts";
import { startClient, startServers } from "../places.ts";
import { Connected } from "./messages.ts";

/** Services of the bench itself, below the many. */
const own = {
  client: { v4: "10.30.0.1", v6: "fdff::1" },
  server: { v4: "10.30.0.2", v6: "fdff::2" },
  service: { v4: "10.28.0.1", v6: "fdff:2000::1" },
} as const;
/** Of the application to which both belong. */
const tenant = 1;
const tunnelPort = 50_103;
const nothing = z.unknown();

interface Worker {
  namespace: string;
  workload: string;
  underlay: string;
  subnet: Addresses;
  agent: NamespaceProcess;
}

/** Two workers with the data plane of the product, a client on the near one, a server on the far one. */
export interface OurPair {
  paths: readonly Path[];
  /** Where the client is. */
  client: Place;
  /** The worker of the client. */
  near: NamespaceProcess;
  far: NamespaceProcess;
  /** What leads from a service address to the server; elsewhere: to nobody. */
  programFor(number: number, targets: "server" | "nobody"): ServiceProgram;
}

export async function createOurPair(
  bed: TestBed,
  { tag, cores }: { tag: string; cores: Cores },
): Promise<OurPair> {
  const [near, far] = [await addWorker(bed, tag, 1), await addWorker(bed, tag, 2)];
  await addCable(
    bed,
    { namespace: near.namespace, device: "underlay", address: `${near.underlay}/24` },
    { namespace: far.namespace, device: "underlay", address: `${far.underlay}/24` },
  );
  for (const worker of [near, far]) await start(bed, worker);
  const client = await startClient(bed, near.workload, cores);
  const server = await startServers(bed, far.workload, cores);
  const clientAt = await connect(near, client.probe.pid);
  const serverAt = await connect(far, server.pid);

  const clientProgram = programOf("client", { instance: own.client, namespace: clientAt }, near);
  const serverProgram = {
    ...programOf("server", { instance: own.server, namespace: serverAt }, far),
    routes: [
      { address: own.service.v4, targets: [serverAt.v4] },
      { address: own.service.v6, targets: [serverAt.v6] },
    ],
  };
  for (const [here, there] of [
    [near, far],
    [far, near],
  ] as const) {
    const { subnet, underlay } = there;
    const peer = { key: subnet.v4, subnet, host: underlay, port: tunnelPort };
    await here.agent.ask({ kind: "peer", peer }, nothing);
    for (const program of [clientProgram, serverProgram]) {
      await here.agent.ask({ kind: "program", program: seenFrom(here, program) }, nothing);
    }
  }
  await setLocal(near, { service: clientProgram.name, namespace: clientAt, instance: own.client });
  await setLocal(far, { service: serverProgram.name, namespace: serverAt, instance: own.server });

  return {
    client,
    near: near.agent,
    far: far.agent,
    paths: [
      { name: "namespace", from: client, address: serverAt.v4 },
      { name: "service", from: client, address: own.service.v4 },
    ],
    programFor: (number, targets) => ({
      ...programOf(`extra${number}`, { instance: extra(number), namespace: serverAt }, far),
      routes: [
        { address: extraService(number), targets: targets === "server" ? [serverAt.v4] : [] },
      ],
    }),
  };
}

/** The address of one of the services that come and go. @param number from 0, below 200 */
export function extraService(number: number): string {
  return `10.28.0.${number + 10}`;
}

function extra(number: number): Addresses {
  return { v4: `10.30.0.${number + 10}`, v6: `fdff::${(number + 10).toString(16)}` };
}

async function addWorker(bed: TestBed, tag: string, number: number): Promise<Worker> {
  const namespace = `oakb-${tag}-${number}`;
  const workload = `oakb-${tag}-w${number}`;
  await addNamespace(bed, namespace);
  await addNamespace(bed, workload);
  const agent = startInNamespace({ program: "./worker/main.js", namespace });
  bed.onClose(() => agent.kill());
  return {
    namespace,
    workload,
    underlay: `10.249.0.${number}`,
    subnet: { v4: `10.18.0.${number * 64 - 64}`, v6: `fc00::${number}00` },
    agent,
  };
}

async function start(bed: TestBed, { agent, subnet, underlay }: Worker): Promise<void> {
  const at = { address: underlay, port: tunnelPort };
  await agent.ask({ kind: "start", subnet, underlay: at, folder: bed.folder }, nothing);
}

async function connect({ agent }: Worker, pid: number): Promise<Addresses> {
  return (await agent.ask({ kind: "connect", pid }, Connected)).namespace;
}

async function setLocal(
  { agent }: Worker,
  local: { service: string; namespace: Addresses; instance: Addresses },
): Promise<void> {
  await agent.ask({ kind: "local", local: { ...local, number: 0, tenant } }, nothing);
}

function programOf(name: string, place: Attached, worker: Worker): ServiceProgram {
  return {
    name: `${name}.bench.${name}.bench`,
    routes: [],
    attached: [{ ...place, peer: worker.subnet.v4 }],
    admits: [tenant],
    isExclusive: false,
  };
}

/** What is attached to a worker has no peer there. */
function seenFrom({ subnet }: Worker, program: ServiceProgram): ServiceProgram {
  const attached = program.attached.map(({ peer, ...place }) =>
    peer === undefined || peer === subnet.v4 ? place : { ...place, peer },
  );
  return { ...program, attached };
}
