import type { Conntrack, ElementChange, Nftables } from "@oak/netlink";
import { inSlices } from "../in-slices.ts";
import type { ServiceProgram } from "../ports.ts";
import { createClasses } from "./rules-classes.ts";
import type { DockerRules } from "./rules-docker.ts";
import { localElements, serviceElements, slotElements, suffix } from "./rules-elements.ts";
import { address, addressText, fromBytes } from "./rules-encode.ts";
import { busyAddresses, cutFlows, hasOpenFlows, viewFlows } from "./rules-flows.ts";
import { createLeases } from "./rules-leases.ts";
import { createLedger, type Element, lasting } from "./rules-ledger.ts";
import { listRuleset, tablesIn } from "./rules-list.ts";
import { createMaintenance } from "./rules-maintenance.ts";
import type { Rules } from "./rules-port.ts";
import { createStaleFlows, leftBetween } from "./rules-stale-flows.ts";
import { createRulesTable } from "./rules-table.ts";
import { FIRST_CLASSES } from "./rules-text-classes.ts";

export interface RulesDeps {
  /** Name of the tables. */
  name: string;
  /** The table of that name in the family inet. */
  table: Nftables;
  /** The table of that name in the family bridge. */
  guard: Nftables;
  conntrack: Conntrack;
  /** All rules and sets of the network namespace, without elements and counters. `listRuleset` unless said otherwise. */
  list?(): Promise<string>;
  docker: DockerRules;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  /** Told of what the background could not do; it is tried again. */
  onError(error: unknown): void;
}

/** Services that share one transaction, of which nobody should wait for more. */
const SERVICES_AT_ONCE = 256;

export function createRules(deps: RulesDeps): Rules {
  const { list = listRuleset } = deps;
  const table = createRulesTable(deps);
  const ledger = createLedger();
  const classes = createClasses(FIRST_CLASSES);
  const leases = createLeases(deps.now);
  const staleFlows = createStaleFlows(deps);
  /** Programs that have to make do with fewer targets until the chains for all are there. */
  const waiting = new Map<string, ServiceProgram>();
  const services = new Set<string>();
  const locals = new Set<string>();

  const maintenance = createMaintenance({
    ...deps,
    list: async () => tablesIn(await list(), deps.name),
    watch: deps.table.watch,
    table,
    ledger,
    classes,
    leases,
    onClasses: () => setServices([...waiting.values()]),
  });

  const apply = (wishes: ReadonlyMap<string, readonly Element[]>): void => {
    const before = new Map([...wishes.keys()].map((owner) => [owner, ledger.wishesOf(owner)]));
    const changes = ledger.replace(wishes);
    try {
      change(changes);
    } catch (error) {
      ledger.replace(before);
      throw error;
    }
    for (const { set, key } of [...before.values()].flat()) {
      if (set.startsWith("class") && ledger.wanted(set, key) === undefined) classes.release(key);
    }
    for (const [owner, elements] of before) {
      if (elements.length > 0) staleFlows.drop(leftBetween(elements, ledger.wishesOf(owner)));
    }
  };
  /** Somebody took away what we count on: it is wanted all the same, and put right with everything else. */
  const change = (changes: readonly ElementChange[]): void => {
    if (!table.change(changes)) maintenance.check();
  };

  function setServices(programs: readonly ServiceProgram[]): void {
    for (let at = 0; at < programs.length; at += SERVICES_AT_ONCE) {
      const some = programs.slice(at, at + SERVICES_AT_ONCE);
      apply(new Map(some.map((program) => [`service ${program.name}`, elementsOf(program)])));
      for (const { name } of some) services.add(name);
    }
  }

  function elementsOf(program: ServiceProgram): Element[] {
    const lacking = program.routes
      .map(({ targets }) => targets.length)
      .filter((targets) => targets > 1 && !classes.ready().includes(targets));
    if (lacking.length === 0) waiting.delete(program.name);
    else waiting.set(program.name, program);
    for (const targets of lacking) maintenance.makeClass(targets);
    return serviceElements(program, classes);
  }

  return {
    async start(options) {
      await maintenance.start(options);
      await deps.docker.add(options);
    },
    async stop() {
      await maintenance.stop();
      await staleFlows.idle();
    },
    async uninstall() {
      await maintenance.uninstall();
      await deps.docker.remove();
    },

    setSlot: (slot) => apply(new Map([[`slot ${slot.link}`, slotElements(slot)]])),
    removeSlot: (link) => apply(new Map([[`slot ${link}`, []]])),

    setLocal(local) {
      apply(new Map([[`local ${local.namespace.v4}`, localElements(local)]]));
      locals.add(local.namespace.v4);
    },
    removeLocal(namespace) {
      apply(new Map([[`local ${namespace.v4}`, []]]));
      locals.delete(namespace.v4);
    },

    isNamed: (text) => ledger.wanted(`instance${suffix(text)}`, address(text)) !== undefined,
    setService: (program) => setServices([program]),
    setServices,
    removeService(name) {
      waiting.delete(name);
      services.delete(name);
      apply(new Map([[`service ${name}`, []]]));
    },
    settled: () => maintenance.dropAdopted(),

    refuse(text, forMs) {
      change(lasting({ set: `refused${suffix(text)}`, key: address(text) }, forMs));
    },
    async takeUsed() {
      const used = new Set<string>();
      for (const set of ["used4", "used6"]) {
        await inSlices(await table.elementsInParts(set), ({ key }) => {
          used.add(addressText(fromBytes(key)));
        });
      }
      return used;
    },
    renewLeases(namespaces, forMs) {
      change(leases.renew(namespaces, forMs));
    },
    cut: (namespace) => cutFlows(deps.conntrack, namespace),
    busy: () => busyAddresses(deps.conntrack),
    hasOpen: (namespace) => hasOpenFlows(deps.conntrack, namespace),
    flows: (subnet, limit) => viewFlows(deps.conntrack, subnet, limit),
    idle: staleFlows.idle,
    state: () => ({
      services: services.size,
      locals: locals.size,
      elements: ledger.count(),
      repairs: maintenance.repairs(),
    }),
  };
}
