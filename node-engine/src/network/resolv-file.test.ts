import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { createResolvFile } from "./resolv-file.ts";

test("workloads of any user can read it, whatever the umask of the agent", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-resolv-"));
  const before = process.umask(0o077);
  try {
    const file = createResolvFile(path.join(folder, "network"));
    await file.write("10.18.0.65");
    expect(await readFile(file.path, "utf8")).toBe("nameserver 10.18.0.65\n");
    expect((await stat(file.path)).mode & 0o777).toBe(0o644);
  } finally {
    process.umask(before);
    await rm(folder, { recursive: true });
  }
});
