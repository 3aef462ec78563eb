import { planSubnet, type SubnetPlan } from "../../kernel/environment-addresses.ts";
import { createSlotBook, type SlotBook } from "../../kernel/slots-book.ts";
import { slotErrors } from "../../kernel/slots-errors.ts";
import type { DataPlane, Slot, Subnet } from "../../ports.ts";

/** Slots with the real book of addresses, and namespaces that are only told. */
export interface FakeSlots
  extends Pick<DataPlane, "connect" | "disconnect" | "slots" | "onVanished"> {
  start(subnet: Subnet): void;
  /** They stay for the next process. */
  stop(): void;
  uninstall(): void;
  /** The last process in a namespace ends. */
  vanish(slotId: string): void;
}

export function createFakeSlots(namespaceOf: (pid: number) => string | undefined): FakeSlots {
  let held: { plan: SubnetPlan; book: SlotBook } | undefined;
  let isRunning = false;
  let vanished: ((slot: Slot) => void) | undefined;

  return {
    start: (subnet) => {
      isRunning = true;
      if (held !== undefined) return;
      const plan = planSubnet(subnet);
      held = { plan, book: createSlotBook(plan, { prefix: "fake", ports: [] }) };
    },
    stop: () => {
      isRunning = false;
      vanished = undefined;
    },
    uninstall: () => {
      held = undefined;
    },
    connect: (pid) => {
      const id = namespaceOf(pid);
      if (id === undefined) throw slotErrors.process_gone(`There is no process ${pid}`);
      if (held === undefined || !isRunning) throw new Error("The data plane was not started");
      const { plan, book } = held;
      const known = book.get(id);
      if (known !== undefined) return shown(known);
      const index = book.take();
      const namespace = plan.workload(index);
      const slot = { id, link: `fake${index}`, namespace, index, cookie: undefined };
      book.set(slot);
      return shown(slot);
    },
    disconnect: (id) => {
      const slot = held?.book.get(id);
      if (slot !== undefined) held?.book.drop(slot);
    },
    slots: () => (isRunning ? (held?.book.all().map(shown) ?? []) : []),
    onVanished: (listener) => {
      vanished = listener;
    },
    vanish: (id) => {
      const slot = held?.book.get(id);
      if (slot === undefined) return;
      held?.book.drop(slot);
      vanished?.(shown(slot));
    },
  };
}

function shown({ id, link, namespace }: Slot): Slot {
  return { id, link, namespace };
}
