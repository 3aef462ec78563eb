import { readdir, readFile } from "node:fs/promises";
import { engineIdsBelow, type TestBed } from "@oak/testkit";

/** Ends the processes that hold the namespaces of workers which only pretend: like containers, they outlive their agent. */
export async function endFakeNamespaces({ folder }: TestBed): Promise<void> {
  const engines = new Set(await engineIdsBelow(folder));
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const engine = await engineOf(pid);
    if (engine !== undefined && engines.has(engine)) process.kill(Number(pid), "SIGKILL");
  }
}

async function engineOf(pid: string): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return /(?:^|\0)OAK_FAKE_NAMESPACE=([^/]+)\//.exec(environment)?.[1];
}
