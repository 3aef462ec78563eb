import { setTimeout as pause } from "node:timers/promises";
import type { Nftables } from "@oak/netlink";
import { type Classes, targetsOf } from "./rules-classes.ts";
import { fromBytes, wordValue } from "./rules-encode.ts";
import type { Leases } from "./rules-leases.ts";
import type { Ledger } from "./rules-ledger.ts";
import type { RulesOptions } from "./rules-port.ts";
import { adoptElements, dropAdopted, repairElements } from "./rules-repair.ts";
import type { RulesTable } from "./rules-table.ts";
import { classText, firstAddress, removalText, rulesetText } from "./rules-text.ts";
import { GROUPS } from "./rules-text-classes.ts";

export interface MaintenanceDeps {
  name: string;
  table: RulesTable;
  watch: Nftables["watch"];
  ledger: Ledger;
  classes: Classes;
  leases: Leases;
  list(): Promise<string>;
  onError(error: unknown): void;
  /** Chains for more numbers of targets stand. */
  onClasses(): void;
}

/** Makes the tables, keeps them as they were made, and does what takes longer than a setter may. */
export interface Maintenance {
  start(options: RulesOptions): Promise<void>;
  stop(): Promise<void>;
  uninstall(): Promise<void>;
  /** Something seems wrong: look at everything, soon. */
  check(): void;
  makeClass(targets: number): void;
  dropAdopted(): void;
  repairs(): number;
}

/** The whole is not looked at more often, however often others change their own rules. */
const PAUSE_MS = 200;
/** Notices a table that is gone, should the watch have missed it. */
const GLANCE_MS = 5000;

export function createMaintenance(deps: MaintenanceDeps): Maintenance {
  const { table, ledger, classes, leases } = deps;
  const making = new Set<number>();
  let options: RulesOptions | undefined;
  let expected = "";
  let repairs = 0;
  let isWanted = false;
  /** Something was found wrong, and not yet all of it is right. */
  let isDamaged = false;
  let isRunning = true;
  let queue: Promise<void> = Promise.resolve();
  let unwatch: (() => void) | undefined;
  let glance: NodeJS.Timeout | undefined;

  /** One after the other: two transactions that replace rules must not overtake each other. */
  const enqueue = (work: () => Promise<void>): void => {
    queue = queue.then(() => (isRunning ? work().catch(deps.onError) : undefined));
  };

  const load = async (): Promise<void> => {
    if (options === undefined) return;
    const { v4, v6 } = options.subnet;
    const gateway = { v4: firstAddress(v4), v6: firstAddress(v6) };
    await table.load(
      rulesetText({ ...options, gateway, table: deps.name, classes: classes.ready() }),
    );
    expected = await deps.list();
  };

  const repair = async (): Promise<void> => {
    isWanted = false;
    const listed = await deps.list().catch(() => "");
    // Nothing at all is never right, even if it was all that was seen just after somebody flushed what had been loaded.
    const isChanged = listed === "" || listed !== expected;
    // Taken away with the table, perhaps. They end when they would have, so putting them back is never wrong.
    if (isChanged) {
      await load();
      table.change(leases.restore());
    }
    const wrong = await repairElements(table, ledger);
    isDamaged ||= isChanged || wrong !== 0;
    // Somebody interfered again: what is still wrong is put right by another look.
    if (wrong === undefined) return check();
    if (!isDamaged) return;
    isDamaged = false;
    repairs += 1;
    deps.onClasses();
  };

  const check = (): void => {
    if (isWanted) return;
    isWanted = true;
    enqueue(async () => {
      try {
        await repair();
      } catch (error) {
        deps.onError(error);
        check();
      }
      await pause(PAUSE_MS);
    });
  };

  /** Definitions that a former version made cannot be changed: then all is made anew. */
  const loadOrReplace = async (): Promise<void> => {
    try {
      await load();
    } catch (error) {
      deps.onError(error);
      await table.load(removalText(deps.name));
      await load();
    }
  };

  const stop = async (): Promise<void> => {
    unwatch?.();
    clearInterval(glance);
    isRunning = false;
    await queue;
  };

  return {
    async start(wished) {
      options = wished;
      for (const { key } of table.elements("classes")) {
        classes.add(targetsOf(wordValue(fromBytes(key))));
      }
      await loadOrReplace();
      await adoptElements(table, ledger);
      adoptClasses(ledger, classes);
      unwatch = deps.watch(check);
      glance = setInterval(() => {
        if (table.elements("classes").length < classes.ready().length * GROUPS) check();
      }, GLANCE_MS).unref();
    },
    stop,
    async uninstall() {
      await stop();
      await table.load(removalText(deps.name));
    },
    check,
    makeClass(targets) {
      if (making.has(targets)) return;
      making.add(targets);
      enqueue(async () => {
        try {
          await table.load(classText(deps.name, targets));
          expected = await deps.list();
          classes.add(targets);
          deps.onClasses();
        } catch (error) {
          deps.onError(error);
          check();
        } finally {
          making.delete(targets);
        }
      });
    },
    dropAdopted() {
      enqueue(async () => {
        if (!(await dropAdopted(table, ledger))) check();
      });
    },
    repairs: () => repairs,
  };
}

function adoptClasses(ledger: Ledger, classes: Classes): void {
  for (const set of ["class4", "class6"]) {
    for (const key of ledger.keys(set)) {
      const mark = ledger.wanted(set, key)?.data;
      if (mark !== undefined) classes.adopt(key, wordValue(mark));
    }
  }
}
