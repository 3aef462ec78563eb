import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { createHostResolvers } from "./host-resolvers.ts";

test("our own addresses are never asked, however they are written", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-dns-"));
  try {
    const file = path.join(folder, "resolv.conf");
    const lines = ["10.18.0.1", "FC00:0:0::1", "fc00:0000::0001", "192.0.2.53", "2001:db8::53"];
    await writeFile(file, lines.map((address) => `nameserver ${address}\n`).join(""));
    const resolvers = createHostResolvers(file, () => ["10.18.0.1", "fc00::1"]);
    expect((await resolvers()).map(({ address }) => address)).toEqual([
      "192.0.2.53",
      "2001:db8::53",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
