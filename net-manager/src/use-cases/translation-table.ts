import type { TableResult } from "@oak/contracts";
import type { ClosestChoice } from "../domain/choose-closest.ts";
import { addressesOf, type KnownService, readTable } from "../domain/known-service.ts";
import { type ProgramContext, programService } from "../domain/program-service.ts";
import { createTenantNumbers, type Tenant } from "../domain/tenants.ts";
import type { DataPlane, LocalInstance, Subnet } from "../ports.ts";
import type { Attachment, AttachmentBook } from "./attachment-book.ts";
import type { PeerBook } from "./peer-book.ts";
import type { TunnelChoices } from "./tunnel-choices.ts";

/** What this worker knows of services, and the kernel with it. */
export interface TranslationTable {
  /** Takes an answer of the cluster; its routes replace those before without a gap. */
  learn(result: TableResult): KnownService;
  forget(name: string): void;
  named(name: string): KnownService | undefined;
  /** By a name in lower case. */
  withLowerName(name: string): KnownService | undefined;
  withAddress(address: string): KnownService | undefined;
  /** Undefined until an answer has told it. */
  ownCluster(): string | undefined;
  all(): KnownService[];
  /** The answers as they came, for the next process. */
  results(): TableResult[];
  /** An instance was attached or changed: it is told to the kernel, after whoever has to let it in. */
  tellLocal(attachment: Attachment): void;
  /** Something about a service but the table has changed: what is attached here, or how far others are. */
  program(name: string): void;
  /** All workers of the service were measured anew. */
  measured(name: string): void;
  clear(): void;
}

export interface TranslationTableOptions {
  plane: Pick<DataPlane, "setService" | "removeService" | "setLocal">;
  attachments: AttachmentBook;
  peers: PeerBook;
  tunnels: Pick<TunnelChoices, "peerOf">;
  subnet(): Subnet | undefined;
  /** Round trip to a worker; undefined: not measured. */
  rttTo(workerKey: string): number | undefined;
}

interface Entry {
  result: TableResult;
  service: KnownService;
  closest: ClosestChoice | undefined;
  /** As the kernel has them. */
  admits: readonly number[];
}

export function createTranslationTable(options: TranslationTableOptions): TranslationTable {
  const { plane, attachments, peers, tunnels, rttTo } = options;
  const entries = new Map<string, Entry>();
  const lowerNames = new Map<string, string>();
  const names = new Map<string, string>();
  let tenants = createTenantNumbers();
  let admittedAt = 0;
  let ownCluster: string | undefined;

  const program = (name: string, { isSample } = { isSample: false }): void => {
    const entry = entries.get(name);
    const subnet = options.subnet();
    if (entry === undefined || subnet === undefined) return;
    entry.admits = tenants.admittedBy(entry.service.access);
    const programmed = programService(entry.service, {
      subnet,
      isAttachedHere: (service, number, address) =>
        attachments.get(service, number)?.slot.namespace.v4 === address,
      admits: entry.admits,
      distanceOf,
      peerOf: (instance) => tunnels.peerOf(instance, instance.clusterId === ownCluster),
      closest: entry.closest,
      isSample,
    });
    entry.closest = programmed.closest;
    // A route is of use only when the tunnel that it leads into is there.
    peers.use(name, programmed.peers);
    plane.setService(programmed.program);
  };

  const distanceOf: ProgramContext["distanceOf"] = ({ clusterId, attached }) => {
    const rttMs = attached && rttTo(attached.worker.key);
    return { tier: clusterId === ownCluster ? 1 : 2, ...(rttMs !== undefined && { rttMs }) };
  };

  const tenantOf = (service: string): Tenant => {
    const access = entries.get(service)?.service.access;
    return access === undefined ? {} : { owner: access.owner, application: access.application };
  };

  /** Whoever has another number now must be let in by it before it uses it; of very many services few let him in. */
  const admitTenants = (): void => {
    tenants.keepOnly(attachments.all().map(({ service }) => tenantOf(service)));
    for (const { service } of attachments.all()) tenants.numberOf(tenantOf(service));
    if (tenants.revision() === admittedAt) return;
    admittedAt = tenants.revision();
    for (const [name, { service, admits }] of entries)
      if (!isSame(admits, tenants.admittedBy(service.access))) program(name);
  };

  const localOf = ({ service, number, slot, ports }: Attachment): LocalInstance => {
    const known = entries.get(service)?.service.instances.find((one) => one.number === number);
    return {
      service,
      number,
      namespace: slot.namespace,
      ...(known === undefined ? {} : { instance: known.instance }),
      tenant: tenants.numberOf(tenantOf(service)),
      ports,
    };
  };

  const tellLocals = (own: readonly Attachment[]): void => {
    admitTenants();
    for (const attachment of own) plane.setLocal(localOf(attachment));
  };

  const unindex = (service: KnownService): void => {
    for (const address of addressesOf(service)) {
      if (names.get(address) === service.name) names.delete(address);
    }
  };

  /** The cluster says which one it is; an older one is recognised by what is attached here. */
  const noteOwnCluster = ({ cluster_id: told }: TableResult, { instances }: KnownService): void => {
    const here = options.subnet()?.v4;
    const id = told ?? instances.find(({ attached }) => attached?.worker.key === here)?.clusterId;
    if (id === undefined || id === ownCluster) return;
    ownCluster = id;
    // How far other workers are, and by which tunnel they are reached, depends on it.
    for (const name of entries.keys()) program(name);
  };

  return {
    learn: (result) => {
      const service = readTable(result);
      const { name } = service;
      const before = entries.get(name);
      if (before !== undefined) unindex(before.service);
      entries.set(name, {
        result,
        service,
        closest: before?.closest,
        admits: before?.admits ?? [],
      });
      lowerNames.set(name.toLowerCase(), name);
      for (const address of addressesOf(service)) names.set(address, name);
      noteOwnCluster(result, service);
      const own = attachments.ofService(name);
      if (own.length > 0) tellLocals(own);
      program(name);
      return service;
    },
    forget: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) return;
      entries.delete(name);
      if (lowerNames.get(name.toLowerCase()) === name) lowerNames.delete(name.toLowerCase());
      unindex(entry.service);
      plane.removeService(name);
      peers.use(name, []);
    },
    named: (name) => entries.get(name)?.service,
    withLowerName: (name) => entries.get(lowerNames.get(name) ?? "")?.service,
    withAddress: (address) => entries.get(names.get(address) ?? "")?.service,
    ownCluster: () => ownCluster,
    all: () => [...entries.values()].map(({ service }) => service),
    results: () => [...entries.values()].map(({ result }) => result),
    tellLocal: (attachment) => tellLocals([attachment]),
    program: (name) => program(name),
    measured: (name) => program(name, { isSample: true }),
    clear: () => {
      entries.clear();
      lowerNames.clear();
      names.clear();
      tenants = createTenantNumbers();
      admittedAt = 0;
    },
  };
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
