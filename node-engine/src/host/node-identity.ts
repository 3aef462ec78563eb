import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Id } from "@oak/contracts";
import { writeDurably } from "@oak/kit";

/**
 * The id of this node: made once and kept in `<folder>/node-id`.
 * @throws Error when the file holds something else. Making a new id then would orphan what runs here.
 */
export async function loadNodeId(folder: string, makeId: () => string): Promise<string> {
  const file = path.join(folder, "node-id");
  const text = await readOptional(file);
  if (text !== undefined) {
    const id = Id.safeParse(text);
    if (id.success) return id.data;
    throw new Error(`${file} does not hold an id of 24 hex characters`);
  }
  const id = Id.parse(makeId());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeDurably(file, `${id}\n`);
  return id;
}

/** What tells this machine and this boot from others; cloned disks share the first, never the second. */
export interface MachineIdentity {
  machineId?: string;
  bootId?: string;
}

export async function readMachineIdentity(root = "/"): Promise<MachineIdentity> {
  const [machineId, bootId] = await Promise.all([
    readOptional(path.join(root, "etc/machine-id")),
    readOptional(path.join(root, "proc/sys/kernel/random/boot_id")),
  ]);
  return {
    ...(machineId !== undefined && machineId !== "" && { machineId }),
    ...(bootId !== undefined && bootId !== "" && { bootId }),
  };
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
