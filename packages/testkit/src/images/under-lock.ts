import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs `action` while no other process of this machine is inside of the same file's lock. The lock is the kernel's: a process
 * that dies has given it back.
 */
export async function underLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  // `flock` holds it until our end of the pipe is closed, by us or by our death.
  const holder = spawn("flock", [file, "sh", "-c", "echo held; read -r _"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "exit");
  try {
    const isHeld = await Promise.race([
      once(holder.stdout, "data").then(() => true),
      ended.then(() => false),
    ]);
    if (!isHeld) throw new Error(`${file} could not be locked`);
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
