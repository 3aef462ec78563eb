import type { Addresses, ServiceProgram } from "@oak/net-manager";
import type { TestBed } from "@oak/testkit";
import { z } from "zod";
import { addCable, addNamespace } from "../../system/namespaces.ts";
import { type NamespaceProcess, startInNamespace } from "../namespace-process.ts";
import { Connected } from "./messages.ts";

/** One of the two workers with the data plane of the product. */
export interface OurWorker {
  namespace: string;
  underlay: string;
  subnet: Addresses;
  agent: NamespaceProcess;
}

/** Of the application to which all workloads of the bench belong. */
export const tenant = 1;
const tunnelPort = 50_103;
/** As the services are started, but for the cap of the heap: 100,000 services in one process take more. */
const agentFlags = ["--max-semi-space-size=8", "--max-old-space-size=2048"];
const nothing = z.unknown();

/** Two of them, joined by a cable, each of which knows the other. */
export async function createOurWorkers(
  bed: TestBed,
  tag: string,
): Promise<readonly [OurWorker, OurWorker]> {
  const [near, far] = [await addWorker(bed, tag, 1), await addWorker(bed, tag, 2)];
  await addCable(
    bed,
    { namespace: near.namespace, device: "underlay", address: `${near.underlay}/24` },
    { namespace: far.namespace, device: "underlay", address: `${far.underlay}/24` },
  );
  for (const { agent, subnet, underlay } of [near, far]) {
    const at = { address: underlay, port: tunnelPort };
    await agent.ask({ kind: "start", subnet, underlay: at, folder: bed.folder }, nothing);
  }
  await introduce(near, far);
  await introduce(far, near);
  return [near, far];
}

async function addWorker(bed: TestBed, tag: string, number: number): Promise<OurWorker> {
  const namespace = `oakb-${tag}-${number}`;
  await addNamespace(bed, namespace);
  const agent = startInNamespace({
    program: "./worker/main.js",
    namespace,
    nodeFlags: agentFlags,
  });
  bed.onClose(() => agent.kill());
  return {
    namespace,
    underlay: `10.249.0.${number}`,
    subnet: { v4: `10.18.0.${number * 64 - 64}`, v6: `fc00::${number}00` },
    agent,
  };
}

async function introduce(here: OurWorker, { subnet, underlay }: OurWorker): Promise<void> {
  const peer = { key: subnet.v4, subnet, host: underlay, port: tunnelPort };
  await here.agent.ask({ kind: "peer", peer }, nothing);
}

/** Connects the namespace of that process to the worker's bridge. */
export async function connect({ agent }: OurWorker, pid: number): Promise<Addresses> {
  return (await agent.ask({ kind: "connect", pid }, Connected)).namespace;
}

/** Says whose a namespace is. */
export async function setLocal(
  { agent }: OurWorker,
  local: { service: string; number: number; namespace: Addresses; instance: Addresses },
): Promise<void> {
  await agent.ask({ kind: "local", local: { ...local, tenant } }, nothing);
}

/** @param program with the keys of workers at all that is attached; what is attached there itself has none in the end */
export async function setProgram(
  { agent, subnet }: OurWorker,
  program: ServiceProgram,
): Promise<void> {
  const attached = program.attached.map(({ peer, ...place }) =>
    peer === undefined || peer === subnet.v4 ? place : { ...place, peer },
  );
  await agent.ask({ kind: "program", program: { ...program, attached } }, nothing);
}
