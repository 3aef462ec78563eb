import { randomUUID } from "node:crypto";
import { link, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/**
 * Keeps two live processes from opening one data directory.
 *
 * Node has no `flock`, so ownership is a chain of files `owner-<n>.json`: the highest number is
 * valid. Whoever finds its owner dead claims the next number by `link`, which only one process
 * can win. A release leaves its file behind as "nobody", because a chain that starts again at 1
 * could be claimed twice by processes that have looked at it at different times.
 */
export interface DataDirLock {
  release(): Promise<void>;
}

/** A process, so that neither a reused pid nor a reboot makes a dead owner look alive. */
const ownerSchema = z.object({
  pid: z.number(),
  /** Start of the process in clock ticks since boot, from /proc/<pid>/stat. */
  startedAt: z.string(),
  bootId: z.string(),
  /** A pid means nothing in another pid namespace (container). */
  pidNamespace: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

const recordSchema = z.object({ owner: ownerSchema.nullable() });

export class DataDirInUseError extends Error {
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`the data directory ${dataDir} is in use by process ${pid}`);
    this.name = "DataDirInUseError";
    this.pid = pid;
  }
}

/** @throws DataDirInUseError while another process that lives holds the directory */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const self = await describeSelf();
  for (;;) {
    const latest = await latestNumber(dataDir);
    const owner = latest === 0 ? null : await readOwner(dataDir, latest);
    if (owner !== null && (await isAlive(owner, self))) {
      throw new DataDirInUseError(dataDir, owner.pid);
    }
    if (await claim(dataDir, latest + 1, self)) {
      await removeUpTo(dataDir, latest);
      return { release: () => replace(dataDir, latest + 1, { owner: null }) };
    }
  }
}

const fileOf = (dataDir: string, number: number): string => join(dataDir, `owner-${number}.json`);

async function numbersIn(dataDir: string): Promise<number[]> {
  const names = await readdir(dataDir);
  return names.flatMap((name) => {
    const match = /^owner-(\d+)\.json$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

const latestNumber = async (dataDir: string): Promise<number> =>
  Math.max(0, ...(await numbersIn(dataDir)));

async function removeUpTo(dataDir: string, number: number): Promise<void> {
  const old = (await numbersIn(dataDir)).filter((found) => found <= number);
  await Promise.all(old.map((found) => rm(fileOf(dataDir, found), { force: true })));
}

/** A file that is gone was followed by a higher number; one that is torn never got an owner. */
async function readOwner(dataDir: string, number: number): Promise<Owner | null> {
  try {
    const record = recordSchema.safeParse(
      JSON.parse(await readFile(fileOf(dataDir, number), "utf8")),
    );
    return record.success ? record.data.owner : null;
  } catch {
    return null;
  }
}

async function claim(dataDir: string, number: number, owner: Owner): Promise<boolean> {
  const draft = await writeDraft(dataDir, { owner });
  try {
    await link(draft, fileOf(dataDir, number));
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(
  dataDir: string,
  number: number,
  record: z.infer<typeof recordSchema>,
): Promise<void> {
  await writeFile(fileOf(dataDir, number), JSON.stringify(record), { mode: 0o600 });
}

/** Written apart and then linked, so that the owner file is complete from its first moment. */
async function writeDraft(dataDir: string, record: z.infer<typeof recordSchema>): Promise<string> {
  const path = join(dataDir, `owner-draft-${randomUUID()}`);
  await writeFile(path, JSON.stringify(record), { mode: 0o600 });
  return path;
}

async function describeSelf(): Promise<Owner> {
  const [startedAt, bootId, pidNamespace] = await Promise.all([
    startOf(process.pid),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    readlink("/proc/self/ns/pid"),
  ]);
  if (startedAt === undefined) throw new Error("/proc does not show the own process");
  return { pid: process.pid, startedAt, bootId: bootId.trim(), pidNamespace };
}

async function isAlive(owner: Owner, self: Owner): Promise<boolean> {
  if (owner.bootId !== self.bootId || owner.pidNamespace !== self.pidNamespace) return false;
  return (await startOf(owner.pid)) === owner.startedAt;
}

/** The start time of a process, undefined if there is none or only its remains (a zombie). */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may contain anything, so the fields are counted after the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
