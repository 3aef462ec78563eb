import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type OwnDevices, planSysctls, type SysctlView } from "./environment-sysctl-plan.ts";

/** The settings of the network namespace in which it is called. */
export interface Sysctls extends SysctlView {
  /** @throws the error of the file system; `ENOENT` when this kernel has no such setting */
  write(key: string, value: string): void;
}

/** What a setting of the host was before it was changed, and what it was changed to. */
export interface ChangedSysctl {
  before: string;
  ours: string;
}

/** Keeps what uninstall puts back, also over restarts. */
export interface SysctlMemory {
  load(): ReadonlyMap<string, ChangedSysctl>;
  save(changed: ReadonlyMap<string, ChangedSysctl>): void;
}

export interface SysctlKeeper {
  /** Brings the settings to what is needed; answers which ones were changed. */
  apply(own: OwnDevices): string[];
  /** Puts back what was there before, except where others have changed it since. */
  restore(): void;
}

/** The files below `/proc/sys`, of the namespace of the calling thread. */
export const procSysctls: Sysctls = {
  read: (key) => {
    try {
      return readFileSync(`/proc/sys/${key}`, "utf8").trim();
    } catch {
      return undefined;
    }
  },
  write: (key, value) => writeFileSync(`/proc/sys/${key}`, value),
  interfaces: () =>
    readdirSync("/proc/sys/net/ipv4/conf").filter((name) => name !== "all" && name !== "default"),
};

/** One JSON file; a damaged one counts as empty, since nothing else depends on it. */
export function createSysctlFile(path: string): SysctlMemory {
  return {
    load: () => {
      try {
        return new Map(Object.entries(JSON.parse(readFileSync(path, "utf8")) as object));
      } catch {
        return new Map();
      }
    },
    save: (changed) => {
      if (changed.size === 0) {
        rmSync(path, { force: true });
        return;
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, `${JSON.stringify(Object.fromEntries(changed), null, 2)}\n`);
      renameSync(`${path}.new`, path);
    },
  };
}

export function createSysctlKeeper(sysctls: Sysctls, memory: SysctlMemory): SysctlKeeper {
  return {
    apply: (own) => {
      const changes = planSysctls(sysctls, own);
      if (changes.length === 0) return [];
      const devices = Object.values(own);
      const changed = new Map(memory.load());
      for (const { key, value } of changes) {
        // What is ours goes with its device.
        if (devices.some((device) => key.includes(`/${device}/`))) continue;
        const before = changed.get(key)?.before ?? sysctls.read(key) ?? "";
        changed.set(key, { before, ours: value });
      }
      // Before the first write: after a crash in between, uninstall must know what was there.
      memory.save(changed);
      for (const { key, value } of changes) sysctls.write(key, value);
      return changes.map(({ key }) => key);
    },
    restore: () => {
      for (const [key, { before, ours }] of [...memory.load()].reverse()) {
        if (sysctls.read(key) === ours) sysctls.write(key, before);
      }
      memory.save(new Map());
    },
  };
}
