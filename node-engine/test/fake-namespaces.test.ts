import { readlink } from "node:fs/promises";
import { systemClock } from "@oak/kit";
import { expect, test, vi } from "vitest";
import { createFakeNamespaces } from "../src/adapters/fake/fake-namespaces.ts";

const isRoot = process.getuid?.() === 0;
const openHost = (engineId = `e${Date.now()}${Math.random()}`.replace(".", "")) => ({
  engineId,
  host: createFakeNamespaces({ engineId, clock: systemClock }),
});

test.runIf(isRoot)(
  "namespaces of pretended workloads are real, and outlive their agent",
  async () => {
    const { engineId, host } = openHost();
    const made = await host.make();
    const next = openHost(engineId).host;
    try {
      const network = await readlink(`/proc/${made.pid}/ns/net`);
      expect(network).not.toBe(await readlink("/proc/self/ns/net"));
      expect(await next.list()).toEqual([made]);
      expect(await openHost().host.list()).toEqual([]);
    } finally {
      await next.remove(made.handle);
    }
    await vi.waitFor(async () => expect(await host.list()).toEqual([]));
    await host.remove(made.handle);
  },
);
