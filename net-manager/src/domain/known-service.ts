import type {
  AccessTerms,
  ServiceIp,
  TableEntry,
  TableResult,
  Attachment as WireAttachment,
} from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Addresses } from "../ports.ts";
import type { KnownWorker } from "./choose-tunnel.ts";
import { canonical, canonicalPair, subnetOf } from "./subnets.ts";

/** A service address and how an instance is chosen behind it. */
export interface PolicyAddress {
  policy: "RR" | "Closest";
  addresses: Addresses;
}

/** One instance of a service, as the copy with the highest pair has it. */
export interface KnownInstance {
  number: number;
  /** The addresses that stay with it wherever it runs. */
  instance: Addresses;
  isServing: boolean;
  clusterId: string;
  workerId?: string;
  pair: { epoch: number; placement: number };
  /** Absent until a worker has attached it. */
  attached?: { namespace: Addresses; worker: KnownWorker };
  /** Copies that a move has left: connections that are open go on there, no new ones begin. */
  draining?: readonly NonNullable<KnownInstance["attached"]>[];
}

/** What the cluster has told of a service. */
export interface KnownService {
  /** The job name. */
  name: string;
  addresses: readonly PolicyAddress[];
  /** By number, each once. */
  instances: readonly KnownInstance[];
  /** Absent: an older cluster, which admits everybody. */
  access?: AccessTerms;
  isExclusive: boolean;
}

/** Reads the answer to a table query; what is no address or lies outside the plan is left out. */
export function readTable(result: TableResult): KnownService {
  const { access, exclusive = false } = result;
  // upstream: the addresses of the service stand with each instance.
  const list = result.service_ip_list ?? result.instance_list[0]?.service_ip ?? [];
  return {
    name: result.app_name,
    addresses: list.flatMap(readPolicyAddress),
    instances: readInstances(result.instance_list),
    ...(access === undefined ? {} : { access }),
    isExclusive: exclusive,
  };
}

/** All addresses by which packets may ask for this service, in both families. */
export function addressesOf(service: KnownService): string[] {
  const pairs = [
    ...service.addresses.map(({ addresses }) => addresses),
    ...service.instances.map(({ instance }) => instance),
  ];
  return pairs.flatMap(({ v4, v6 }) => [v4, v6]);
}

function readPolicyAddress({ IpType: policy, Address, Address_v6 }: ServiceIp): PolicyAddress[] {
  if (policy === "instance_ip") return [];
  const addresses = canonicalPair(Address, Address_v6);
  return addresses === undefined ? [] : [{ policy, addresses }];
}

/** Two copies of an instance may be told while one replaces the other: the higher pair is the instance. */
function readInstances(entries: readonly TableEntry[]): KnownInstance[] {
  const newest = new Map<number, KnownInstance>();
  for (const entry of entries) {
    const instance = readInstance(entry);
    if (instance === undefined) continue;
    const known = newest.get(instance.number);
    if (known === undefined || comparePairs(instance.pair, known.pair) > 0) {
      newest.set(instance.number, instance);
    }
  }
  return [...newest.values()].toSorted((a, b) => a.number - b.number);
}

function readInstance(entry: TableEntry): KnownInstance | undefined {
  const instance = canonicalPair(entry.instance_ip, entry.instance_ip_v6);
  if (instance === undefined) return undefined;
  const attached = readAttachment(entry);
  const draining = (entry.draining ?? []).flatMap((copy) => readAttachment(copy) ?? []);
  return {
    number: entry.instance_number,
    instance,
    // Older clusters do not say: there, what is attached runs.
    isServing: attached !== undefined && entry.serving !== false,
    clusterId: entry.cluster_id,
    ...(entry.worker_id === undefined ? {} : { workerId: entry.worker_id }),
    pair: { epoch: entry.epoch ?? 0, placement: entry.placement ?? 0 },
    ...(attached === undefined ? {} : { attached }),
    ...(draining.length === 0 ? {} : { draining }),
  };
}

function readAttachment(entry: TableEntry | WireAttachment): KnownInstance["attached"] {
  const namespace = canonicalPair(entry.namespace_ip, entry.namespace_ip_v6);
  const host = canonical(entry.host_ip, 4) ?? canonical(entry.host_ip, 6);
  const port = entry.host_port ?? 0;
  const subnet = namespace === undefined ? undefined : subnetOf(namespace);
  if (namespace === undefined || subnet === undefined || host === undefined) return undefined;
  if (port < 1 || port > 65_535) return undefined;
  const worker: KnownWorker = { key: subnet.v4, subnet, host, port };
  if (entry.wireguard === undefined || entry.wireguard === null) return { namespace, worker };
  const { public_key: publicKey, port: sealedPort, required = false } = entry.wireguard;
  const wireguard = { publicKey, port: sealedPort };
  const needs = required && { needsWireguard: true };
  return { namespace, worker: { ...worker, wireguard, ...needs } };
}
