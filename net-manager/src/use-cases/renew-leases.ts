import type { NetLeases } from "@oak/contracts";
import type { Addresses, DataPlane } from "../ports.ts";
import type { AttachmentBook } from "./attachment-book.ts";

/** Exclusive instances of this worker answer for so long from now on; what is not attached here is passed over. */
export function renewLeases(
  plane: Pick<DataPlane, "renewLeases">,
  attachments: Pick<AttachmentBook, "get">,
  { leases }: NetLeases,
): void {
  const byDuration = new Map<number, Addresses[]>();
  for (const { serviceName, instanceNumber, forMs } of leases) {
    const namespace = attachments.get(serviceName, instanceNumber)?.slot.namespace;
    if (namespace === undefined) continue;
    byDuration.set(forMs, [...(byDuration.get(forMs) ?? []), namespace]);
  }
  for (const [forMs, namespaces] of byDuration) plane.renewLeases(namespaces, forMs);
}
