import { open, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { CliError } from "../errors.ts";

const patienceMs = 40_000;
const oldMs = 60_000;

/**
 * Runs `action` while no other process that asks for the same lock does. Several commands at once must not send the same refresh
 * token: the root takes the second for a thief's. A holder that died is recognised.
 *
 * @throws CliError when another one keeps it for too long
 */
export async function withFileLock(path: string, action: () => Promise<void>): Promise<void> {
  const endsAt = Date.now() + patienceMs;
  while (!(await take(path))) {
    if (await isLeftOver(path)) await rm(path, { force: true });
    else if (Date.now() > endsAt) {
      throw new CliError(`another oak holds ${path}`, {
        advice: [`rm ${path}, if there is none any more`],
      });
    } else await delay(20);
  }
  try {
    await action();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx", 0o600);
    await handle.writeFile(String(process.pid)).finally(() => handle.close());
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function isLeftOver(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    const age = Date.now() - mtimeMs;
    const pid = Number(await readFile(path, "utf8"));
    // It is written a moment after it was made.
    return age > oldMs || (age > 1_000 && !isAlive(pid));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
