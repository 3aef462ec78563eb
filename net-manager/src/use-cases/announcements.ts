import type { AttachedReport, WireguardEnd } from "@oak/contracts";
import { comparePairs } from "@oak/core";
import { backoffCeiling, type Clock } from "@oak/kit";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import type { KnownService } from "../domain/known-service.ts";
import type { Attachment, AttachmentBook } from "./attachment-book.ts";

/** Where others reach this worker. */
export interface TunnelEnd {
  host: string;
  port: number;
  /** Absent: only in plain. */
  wireguard?: WireguardEnd;
}

/** Tells the cluster what is attached here, again and again until its table shows it. */
export interface Announcements {
  announce(attachment: Attachment): void;
  withdraw(attachment: Attachment): void;
  /** The table of a service is new: what it shows needs no more telling, what it lacks is told. */
  compare(service: string): void;
  /** The tunnel ends elsewhere. */
  addressChanged(): void;
  /** There is a new connection. */
  onUp(): void;
  /** How many are not shown yet. */
  readonly open: number;
  clear(): void;
}

export interface AnnouncementsOptions {
  link: Pick<ClusterLink, "send">;
  attachments: AttachmentBook;
  serviceNamed(name: string): KnownService | undefined;
  tunnelEnd(): TunnelEnd | undefined;
  /** Has the service asked for again. */
  refresh(service: string): void;
  clock: Clock;
}

const repeat = { baseMs: 1_000, maxMs: 60_000 };

interface Open {
  attempt: number;
  cancel(): void;
}

export function createAnnouncements(options: AnnouncementsOptions): Announcements {
  const { link, attachments, clock } = options;
  const open = new Map<string, Open>();

  const settle = (attachment: Attachment): void => {
    open.get(keyOf(attachment))?.cancel();
    open.delete(keyOf(attachment));
  };

  const tell = (attachment: Attachment, attempt: number): void => {
    const end = options.tunnelEnd();
    if (end !== undefined) link.send("deployed", reportOf(attachment, end));
    const cancel = clock.setTimer(backoffCeiling({ attempt, ...repeat }), () => {
      tell(attachment, attempt + 1);
      options.refresh(attachment.service);
    });
    open.set(keyOf(attachment), { attempt, cancel });
  };

  const announce = (attachment: Attachment): void => {
    settle(attachment);
    tell(attachment, 0);
  };

  return {
    announce,
    withdraw: settle,
    compare: (name) => {
      const service = options.serviceNamed(name);
      const end = options.tunnelEnd();
      if (service === undefined || end === undefined) return;
      for (const attachment of attachments.ofService(name)) {
        if (needsNoTelling(attachment, service, end)) settle(attachment);
        else if (!open.has(keyOf(attachment))) tell(attachment, 0);
      }
    },
    addressChanged: () => {
      const end = options.tunnelEnd();
      if (end === undefined) return;
      for (const attachment of attachments.all()) {
        // upstream: one message for each instance, without what has not changed
        const report = { ...reportOf(attachment, end), status: "", nsip: "", nsipv6: "" };
        link.send("addressChanged", report);
        announce(attachment);
      }
    },
    onUp: () => {
      for (const attachment of attachments.all()) {
        if (open.has(keyOf(attachment))) announce(attachment);
      }
    },
    get open() {
      return open.size;
    },
    clear: () => {
      for (const { cancel } of open.values()) cancel();
      open.clear();
    },
  };
}

function keyOf({ service, number }: Attachment): string {
  return `${service}/${number}`;
}

/** It is shown as it is, or a newer copy has taken its place. */
function needsNoTelling(attachment: Attachment, service: KnownService, end: TunnelEnd): boolean {
  const { number, slot, pair } = attachment;
  const shown = service.instances.find((instance) => instance.number === number);
  if (shown === undefined) return false;
  if (pair !== undefined && comparePairs(shown.pair, pair) > 0) return true;
  const { namespace, worker } = shown.attached ?? {};
  return (
    namespace?.v4 === slot.namespace.v4 &&
    worker?.host === end.host &&
    worker.port === end.port &&
    worker.wireguard?.publicKey === end.wireguard?.public_key &&
    worker.wireguard?.port === end.wireguard?.port
  );
}

function reportOf({ service, number, slot, pair }: Attachment, end: TunnelEnd): AttachedReport {
  return {
    appname: service,
    status: "DEPLOYED",
    instance_number: number,
    nsip: slot.namespace.v4,
    nsipv6: slot.namespace.v6,
    host_ip: end.host,
    // upstream: text
    host_port: String(end.port),
    ...(end.wireguard === undefined ? {} : { wireguard: end.wireguard }),
    ...(pair === undefined ? {} : { epoch: pair.epoch, placement: pair.placement }),
  };
}
