import {
  formatPortList,
  type NetAttach,
  type NetAttached,
  type NetDetach,
  type Pair,
  type PortMapping,
} from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Logger } from "@oak/kit";
import { planPorts, portKey } from "../domain/host-ports.ts";
import { connectRefusal, errors } from "../errors.ts";
import type { DataPlane, Slot } from "../ports.ts";
import type { Announcements } from "./announcements.ts";
import type { Attachment, AttachmentBook } from "./attachment-book.ts";
import type { Interests } from "./interests.ts";
import type { TranslationTable } from "./translation-table.ts";

/** The ports of this host, as other processes use them. */
export interface HostPorts {
  /** One that nobody listens on. */
  free(protocol: "tcp" | "udp"): Promise<number>;
  isFree(mapping: PortMapping): Promise<boolean>;
}

export interface AttachDeps {
  plane: Pick<
    DataPlane,
    "connect" | "disconnect" | "slots" | "setLocal" | "removeLocal" | "cut" | "setService"
  >;
  attachments: AttachmentBook;
  table: TranslationTable;
  interests: Interests;
  announcements: Announcements;
  hostPorts: HostPorts;
  /** Ports of our own. */
  reservedPorts(): ReadonlySet<string>;
  logger: Logger;
}

/**
 * Attaches an instance, or answers as before when it is attached so. Calls must not overlap.
 * @throws AppError subnet_full, port_taken, process_gone, bad_request, superseded, slot_in_use
 */
export async function attachInstance(deps: AttachDeps, request: NetAttach): Promise<NetAttached> {
  const { plane, attachments, table, announcements } = deps;
  const { serviceName: service, instanceNumber: number, pid } = request;
  if (pid === 0) throw errors.bad_request("pid must be that of a process");
  const pair = pairOf(request);
  const present = attachments.get(service, number);
  if (isOlder(pair, present?.pair)) {
    throw errors.superseded(`Instance ${number} of ${service} is attached under a higher pair`);
  }
  const ports = await choosePorts(deps, request, present);
  const known = new Set(plane.slots().map(({ link }) => link));
  const slot = connected(deps, pid);
  // Only now: its namespace may have turned out to be gone.
  const before = attachments.get(service, number);
  try {
    const user = attachments.withSlot(slot.id);
    if (user !== undefined && (user.service !== service || user.number !== number)) {
      throw errors.slot_in_use(`Instance ${user.number} of ${user.service} uses this namespace`);
    }
    if (before !== undefined && before.slot.id !== slot.id) leave(deps, before);
    const attachment: Attachment = { service, number, slot, ports, ...(pair && { pair }) };
    attachments.set(attachment);
    tellKernel(deps, attachment, before);
    announcements.announce(attachment);
    // Its own addresses, and who may connect to it.
    deps.interests.want(service);
    table.program(service);
    return {
      serviceName: service,
      nsAddress: slot.namespace.v4,
      nsAddressv6: slot.namespace.v6,
      slot: slot.id,
      portMappings: formatPortList(ports),
    };
  } catch (error) {
    if (!known.has(slot.link)) plane.disconnect(slot.id);
    throw error;
  }
}

/** What is refused by the kernel leaves the instance unattached, and not half. */
function tellKernel(
  deps: AttachDeps,
  attachment: Attachment,
  before: Attachment | undefined,
): void {
  const { attachments, plane, table } = deps;
  try {
    table.tellLocal(attachment);
  } catch (error) {
    attachments.remove(attachment);
    plane.removeLocal(attachment.slot.namespace);
    if (before !== undefined && before.slot.id === attachment.slot.id) {
      attachments.set(before);
      table.tellLocal(before);
    }
    throw error;
  }
}

/** A pair below the attached one changes nothing; unknown is success. */
export function detachInstance(deps: AttachDeps, request: NetDetach): void {
  const { serviceName: service, instanceNumber: number } = request;
  const attachment = deps.attachments.get(service, number);
  if (attachment === undefined || isOlder(pairOf(request), attachment.pair)) return;
  leave(deps, attachment);
  deps.table.program(service);
}

/** Ends the use of a namespace and gives its addresses back. */
function leave(deps: AttachDeps, attachment: Attachment): void {
  const { plane, attachments, announcements, logger } = deps;
  const { service, number, slot } = attachment;
  announcements.withdraw(attachment);
  attachments.remove(attachment);
  plane.removeLocal(slot.namespace);
  plane.disconnect(slot.id);
  // Longer than anybody should wait; that an address is given anew only as the last of all covers it.
  plane.cut(slot.namespace).catch((err: unknown) => {
    logger.warn({ service, instance: number, err }, "connections were not ended");
  });
  logger.info({ service, instance: number, address: slot.namespace.v4 }, "instance detached");
}

/** Gives a prepared namespace back; whoever uses it is detached first. */
export function releaseSlot(deps: AttachDeps, slotId: string): void {
  const user = deps.attachments.withSlot(slotId);
  if (user === undefined) {
    deps.plane.disconnect(slotId);
    return;
  }
  leave(deps, user);
  deps.table.program(user.service);
}

/** Its namespace does not exist any more, nor does its slot. */
export function endVanished(deps: AttachDeps, slot: Slot): void {
  const user = deps.attachments.withSlot(slot.id);
  if (user === undefined || user.slot.namespace.v4 !== slot.namespace.v4) return;
  leave(deps, user);
  deps.table.program(user.service);
}

/** @throws AppError subnet_full, process_gone */
export function connected({ plane }: Pick<AttachDeps, "plane">, pid: number): Slot {
  try {
    return plane.connect(pid);
  } catch (error) {
    throw connectRefusal(error, pid);
  }
}

async function choosePorts(
  { attachments, hostPorts, reservedPorts }: AttachDeps,
  { serviceName, instanceNumber, portMappings }: NetAttach,
  before: Attachment | undefined,
): Promise<PortMapping[]> {
  const taken = attachments.portsOfOthers(serviceName, instanceNumber);
  for (const port of reservedPorts()) taken.add(port);
  const own = before?.ports ?? [];
  const plan = planPorts(portMappings, { taken, before: own });
  if (!plan.ok)
    throw plan.isTaken ? errors.port_taken(plan.detail) : errors.bad_request(plan.detail);
  const published = new Set(own.map(portKey));
  const chosen: PortMapping[] = [];
  for (const mapping of plan.mappings) {
    if (mapping.host === 0) {
      chosen.push({ ...mapping, host: await freePort(hostPorts, mapping.protocol, taken) });
    } else if (published.has(portKey(mapping)) || (await hostPorts.isFree(mapping))) {
      chosen.push(mapping);
    } else {
      throw errors.port_taken(`Another process listens on port ${portKey(mapping)}`);
    }
    for (const mapped of chosen) taken.add(portKey(mapped));
  }
  return chosen;
}

const mostTries = 20;

async function freePort(
  hostPorts: HostPorts,
  protocol: "tcp" | "udp",
  taken: ReadonlySet<string>,
): Promise<number> {
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const port = await hostPorts.free(protocol);
    if (!taken.has(`${port}/${protocol}`)) return port;
  }
  throw errors.port_taken(`No free ${protocol} port was found`);
}

function pairOf({ epoch, placement }: PairGiven): Pair | undefined {
  return epoch === undefined || placement === undefined ? undefined : { epoch, placement };
}

interface PairGiven {
  epoch?: number | undefined;
  placement?: number | undefined;
}

function isOlder(pair: Pair | undefined, than: Pair | undefined): boolean {
  return pair !== undefined && than !== undefined && comparePairs(pair, than) < 0;
}
