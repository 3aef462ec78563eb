import type { Allocatable, NodeRegistration } from "@oak/contracts";
import { VERSION } from "@oak/kit";
import type { HostFacts, HostLoad } from "../host/host-reader.ts";
import type { MachineIdentity } from "../host/node-identity.ts";

/** What a machine can give, with the number of workloads that it has addresses for; undefined: not known, or no limit. */
export function withAddresses(
  allocatable: Allocatable,
  addresses: number | undefined,
): Allocatable {
  return addresses === undefined ? allocatable : { ...allocatable, addresses };
}

/** Version of the assignment protocol that this agent speaks. */
const proto = 1;

export interface NodeDescription {
  nodeId: string;
  /** Absent: the hostname. */
  name: string | undefined;
  machine: MachineIdentity;
  facts: HostFacts;
  load: HostLoad;
  virtualization: readonly string[];
  /** Its workloads have addresses of their own; for so many, as far as that is known. */
  network: { isOn: boolean; capacity: number | undefined };
  joinSecret: string | undefined;
}

/** The worker as it introduces itself. upstream: `POST /api/node/register`, the node structure. */
export function describeNode(node: NodeDescription): NodeRegistration {
  const { facts, machine, load } = node;
  return {
    ...load.resources,
    host: facts.hostname,
    name: node.name ?? facts.hostname,
    node_id: node.nodeId,
    proto,
    ...(facts.ip !== undefined && { ip: facts.ip }),
    ...(machine.machineId !== undefined && { machine_id: machine.machineId }),
    ...(machine.bootId !== undefined && { boot_id: machine.bootId }),
    ...(node.joinSecret !== undefined && { token: node.joinSecret }),
    architecture: facts.architecture,
    system_info: {
      os: `Linux ${facts.kernel}`,
      kernel_version: facts.kernel,
      architecture: facts.architecture,
      versions: { node_engine: VERSION },
    },
    virtualization: [...node.virtualization],
    network: node.network.isOn ? "on" : "off",
    supported_addons: [],
    csi_drivers: [],
    allocatable: withAddresses(load.allocatable, node.network.capacity),
  };
}
