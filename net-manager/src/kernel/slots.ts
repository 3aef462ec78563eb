import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "@oak/kit";
import type { KernelLink, Namespace, Rtnetlink } from "@oak/netlink";
import type { Slot } from "../ports.ts";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { addressOfPort } from "./environment-addresses.ts";
import type { KernelView } from "./environment-devices.ts";
import type { Sysctls } from "./environment-sysctls.ts";
import { type ConnectedSlot, createSlotBook, type SlotBook } from "./slots-book.ts";
import { slotErrors } from "./slots-errors.ts";
import { type Namespaces, openInhabited } from "./slots-namespaces.ts";
import { createPairs, type PairsOptions } from "./slots-pairs.ts";

export interface SlotsDeps {
  kernel: Rtnetlink;
  namespaces: Namespaces;
  sysctls: Pick<Sysctls, "read" | "write">;
  settings: DataPlaneSettings;
  /** Index of the bridge. */
  bridge(): number;
  onConnected(slot: Slot): void;
  onGone(slot: Slot): void;
  /** After {@link onGone}, when nobody asked for it: its namespace does not exist any more. */
  onVanished(slot: Slot): void;
  logger: Logger;
}

/** Pairs that connect namespaces to the bridge. The kernel is the memory: names of ports tell their addresses. */
export interface Slots {
  /** From now on these are right. Takes up what a predecessor connected, as far as a process holds it. */
  use(options: PairsOptions): Promise<void>;
  connect(pid: number): Slot;
  disconnect(id: string): void;
  list(): Slot[];
  /** Removes what a predecessor left in namespaces that no process is in. */
  settled(): void;
  /** Puts right what others changed; slots whose namespace is gone go. Answers how much was put right. */
  ensure(view: KernelView): number;
  uninstall(): void;
}

interface Used extends PairsOptions {
  book: SlotBook;
}

export function createSlots(deps: SlotsDeps): Slots {
  const { kernel, namespaces, settings, logger } = deps;
  const connections = createConnections(deps);
  let inUse: Used | undefined;

  const used = (): Used => {
    if (inUse === undefined) throw new Error("The data plane was not started");
    return inUse;
  };

  const ports = (): KernelLink[] =>
    kernel
      .links()
      .filter(({ name, kind }) => kind === "veth" && addressOfPort(settings.portPrefix, name));

  const adoptAll = async (options: Used): Promise<void> => {
    const own = namespaces.own();
    for (const [id, pids] of namespaces.processes()) {
      if (id === own) continue;
      try {
        connections.adopt(openInhabited(namespaces, id, pids), options);
      } catch (err) {
        logger.warn({ pids, err }, "namespace of a predecessor could not be taken up");
      }
      await nextTurn();
    }
  };

  const connect = (namespace: Namespace): Slot => {
    const { book } = used();
    const known = book.get(namespace.id);
    if (known !== undefined) {
      const isThere = kernel.link(known.link)?.index === known.index;
      if (isThere) return shown(known);
      if (connections.isSame(known, namespace)) {
        return shown(connections.renew(known, namespace, used()));
      }
      // The kernel numbers namespaces anew: this one only has the number of one that is gone.
      connections.lose(known, book);
    }
    return shown(connections.begin(namespace, used()));
  };

  return {
    use: async (options) => {
      if (inUse?.plan.prefixes.v4 === options.plan.prefixes.v4) {
        inUse = { ...options, book: inUse.book };
        return;
      }
      const left = ports().map(({ name }) => name);
      const book = createSlotBook(options.plan, { prefix: settings.portPrefix, ports: left });
      inUse = { ...options, book };
      if (left.length > 0) await adoptAll(inUse);
    },
    connect: (pid) => {
      const namespace = namespaces.open(pid);
      if (namespace === undefined) throw slotErrors.process_gone(`There is no process ${pid}`);
      try {
        if (namespace.id === namespaces.own()) {
          throw slotErrors.own_namespace(`Process ${pid} uses the network of the host`);
        }
        return connect(namespace);
      } finally {
        namespace.close();
      }
    },
    disconnect: (id) => {
      const slot = used().book.get(id);
      if (slot !== undefined) connections.end(slot, used().book);
    },
    list: () => inUse?.book.all().map(shown) ?? [],
    settled: () => {
      const { book } = used();
      const confirmed = new Set(book.all().map(({ link }) => link));
      for (const { name, index } of ports()) {
        if (confirmed.has(name)) continue;
        logger.info({ slot: name }, "pair of a predecessor removed");
        kernel.deleteLink(index);
        book.release(book.indexOf(name) ?? -1);
      }
    },
    ensure: (view) => connections.ensure(view, used()),
    uninstall: () => {
      for (const slot of inUse?.book.all() ?? []) connections.end(slot, used().book);
      for (const { index } of ports()) kernel.deleteLink(index);
    },
  };
}

/** How a slot begins, is put right, and ends. */
function createConnections(deps: SlotsDeps) {
  const { kernel, namespaces, logger } = deps;
  const pairs = createPairs(deps);

  /** The number of the addresses with which a predecessor connected it. */
  const connectedAs = (namespace: Namespace, book: SlotBook): number | undefined => {
    const number = kernel.namespaceNumber(namespace.fd);
    if (number === undefined) return undefined;
    const port = kernel
      .links()
      .find((link) => link.peerNamespace === number && book.indexOf(link.name) !== undefined);
    return port && book.indexOf(port.name);
  };

  const adopt = (namespace: Namespace | undefined, options: Used): void => {
    if (namespace === undefined) return;
    try {
      const isNew = options.book.get(namespace.id) === undefined;
      const isOurs = connectedAs(namespace, options.book) !== undefined;
      if (isNew && isOurs) begin(namespace, options);
    } finally {
      namespace.close();
    }
  };

  const begin = (namespace: Namespace, options: Used): ConnectedSlot => {
    const { book } = options;
    const adopted = connectedAs(namespace, book);
    const index = adopted ?? book.take();
    book.claim(index);
    try {
      return wire(namespace, index, options);
    } catch (error) {
      // The pair of a predecessor still has these addresses.
      if (adopted === undefined) book.release(index);
      throw error;
    }
  };

  const wire = (namespace: Namespace, index: number, options: Used): ConnectedSlot => {
    const addresses = options.plan.workload(index);
    const port = pairs.wire(namespace, addresses, options);
    const id = namespace.id;
    const slot = {
      id,
      link: port.name,
      namespace: addresses,
      index: port.index,
      cookie: cookieOf(namespace),
    };
    try {
      deps.onConnected(shown(slot));
    } catch (error) {
      kernel.deleteLink(port.index);
      throw error;
    }
    options.book.set(slot);
    return slot;
  };

  const cookieOf = (namespace: Namespace): bigint | undefined =>
    namespaces.inside(namespace, (inside) => inside.kernel.namespaceCookie());

  /** Of two namespaces of the same id; without a cookie nobody knows, and a new pair is the safe answer. */
  const isSame = (slot: ConnectedSlot, namespace: Namespace): boolean =>
    slot.cookie !== undefined && slot.cookie === cookieOf(namespace);

  const renew = (slot: ConnectedSlot, namespace: Namespace, options: Used): ConnectedSlot => {
    const index = options.book.indexOf(slot.link) ?? -1;
    return wire(namespace, index, options);
  };

  const end = (slot: ConnectedSlot, book: SlotBook): void => {
    if (kernel.link(slot.link)?.index === slot.index) kernel.deleteLink(slot.index);
    book.drop(slot);
    deps.onGone(shown(slot));
  };

  const lose = (slot: ConnectedSlot, book: SlotBook): void => {
    logger.info({ slot: slot.link, namespace: slot.namespace }, "namespace is gone");
    end(slot, book);
    deps.onVanished(shown(slot));
  };

  /** The pair is gone: made anew if its namespace still lives. */
  const revive = (slot: ConnectedSlot, options: Used, processes: Processes): number => {
    const namespace = openInhabited(namespaces, slot.id, processes().get(slot.id));
    try {
      if (namespace === undefined || !isSame(slot, namespace)) {
        lose(slot, options.book);
        return 0;
      }
      renew(slot, namespace, options);
      logger.warn({ slot: slot.link }, "pair was deleted by somebody, made anew");
      return 1;
    } finally {
      namespace?.close();
    }
  };

  const ensure = (view: KernelView, options: Used): number => {
    let found: ReturnType<Processes> | undefined;
    const processes = () => {
      found ??= namespaces.processes();
      return found;
    };
    let repairs = 0;
    for (const slot of options.book.all()) {
      const port = view.link(slot.link);
      repairs +=
        port?.index === slot.index
          ? pairs.ensure(port, slot.namespace, { mtu: options.mtu, view })
          : revive(slot, options, processes);
    }
    return repairs;
  };

  return { begin, adopt, isSame, renew, end, lose, ensure };
}

type Processes = Namespaces["processes"];

function shown({ link, namespace, id }: ConnectedSlot): Slot {
  return { link, namespace, id };
}
