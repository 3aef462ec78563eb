import type { Pair, PortMapping } from "@oak/contracts";
import { portKey } from "../domain/host-ports.ts";
import type { Slot } from "../ports.ts";

/** An instance that is attached to this worker. */
export interface Attachment {
  /** The job name. */
  service: string;
  number: number;
  slot: Slot;
  /** As published, without zeros. */
  ports: readonly PortMapping[];
  /** Absent: an older node-engine. */
  pair?: Pair;
}

/** Who is attached here, by instance and by namespace. */
export interface AttachmentBook {
  get(service: string, number: number): Attachment | undefined;
  withSlot(slotId: string): Attachment | undefined;
  ofService(service: string): Attachment[];
  all(): Attachment[];
  set(attachment: Attachment): void;
  remove(attachment: Attachment): void;
  /** Ports of the host that others than this instance have published. */
  portsOfOthers(service: string, number: number): Set<string>;
}

export function createAttachmentBook(): AttachmentBook {
  const byService = new Map<string, Map<number, Attachment>>();
  const bySlot = new Map<string, Attachment>();

  const all = (): Attachment[] => [...bySlot.values()];
  const get = (service: string, number: number): Attachment | undefined =>
    byService.get(service)?.get(number);

  return {
    get,
    withSlot: (slotId) => bySlot.get(slotId),
    ofService: (service) => [...(byService.get(service)?.values() ?? [])],
    all,
    set: (attachment) => {
      const { service, number, slot } = attachment;
      const before = get(service, number);
      if (before !== undefined) bySlot.delete(before.slot.id);
      const numbers = byService.get(service) ?? new Map<number, Attachment>();
      byService.set(service, numbers.set(number, attachment));
      bySlot.set(slot.id, attachment);
    },
    remove: ({ service, number, slot }) => {
      const numbers = byService.get(service);
      numbers?.delete(number);
      if (numbers?.size === 0) byService.delete(service);
      bySlot.delete(slot.id);
    },
    portsOfOthers: (service, number) =>
      new Set(
        all()
          .filter((other) => other.service !== service || other.number !== number)
          .flatMap(({ ports }) => ports.map(portKey)),
      ),
  };
}
