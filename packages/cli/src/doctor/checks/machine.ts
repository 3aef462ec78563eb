import { type Check, check } from "../check.ts";
import { fault, notChecked, ok, warn } from "../finding.ts";
import { spaceFinding } from "./docker.ts";

const mib = 1024 ** 2;

/** Below the first, the kernel soon ends processes; below the second it does now. */
const leastMemory = { warn: 256 * mib, fault: 48 * mib } as const;

export function diskCheck(name: string, folder: string): Check {
  return check(name, async (probes) => [await spaceFinding(probes, { name, folder })]);
}

/** What programs can still have, as the kernel reckons it. */
export function memoryCheck(): Check {
  return check("memory", async (probes) => {
    const text = await probes.read("/proc/meminfo");
    const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text ?? "")?.[1]) * 1024;
    if (!Number.isFinite(available)) return [notChecked("memory", "/proc/meminfo does not tell")];
    const found = `${Math.round(available / mib)} MiB available`;
    if (available >= leastMemory.warn) return [ok("memory", found)];
    const remedy = "End what is not needed here, or give this machine more memory or swap";
    return [
      available < leastMemory.fault
        ? fault("memory", found, remedy)
        : warn("memory", found, remedy),
    ];
  });
}

/** A file with secrets that others can read. Nothing is said of one that is not there. */
export function secretFileCheck(file: string): Check {
  return check(file, async (probes) => {
    const facts = await probes.file(file);
    if (facts === undefined) return [];
    const mode = facts.mode.toString(8).padStart(4, "0");
    if ((facts.mode & 0o077) === 0) return [ok(file, `readable by its owner only (${mode})`)];
    return [warn(file, `others may read the secrets in it (${mode})`, `chmod 600 ${file}`)];
  });
}

/** A folder with state, which only its owner may change. */
export function stateFolderCheck(folder: string): Check {
  return check(folder, async (probes) => {
    const facts = await probes.file(folder);
    if (facts === undefined) {
      return [notChecked(folder, "it is not there, or this user may not look; run this as root")];
    }
    if (facts.kind !== "folder")
      return [fault(folder, "it is no folder", `Move ${folder} away and start the agent again`)];
    if ((facts.mode & 0o022) === 0) return [ok(folder, "only its owner may change it")];
    return [warn(folder, "others may change what is in it", `chmod go-w ${folder}`)];
  });
}
