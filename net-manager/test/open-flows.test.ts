import { afterEach, describe, expect, test, vi } from "vitest";
import { type Bed, makeBed } from "./data-plane-bed.ts";
import { createTestCluster } from "./data-plane-cluster.ts";

const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("open connections to a workload", () => {
  let bed: Bed;
  afterEach(() => bed.remove());

  test("are those of clients here and on other workers, until both sides have ended", async () => {
    bed = makeBed();
    const cluster = createTestCluster();
    const one = await cluster.join(bed.machine());
    const other = await cluster.join(bed.machine());
    const [near, far, server] = [
      await bed.workload("near"),
      await bed.workload("far"),
      await bed.workload("server"),
    ];
    await server.listen(80);
    await near.listen(80);
    cluster.attach(one, "clients", near);
    cluster.attach(other, "clients", far);
    const { namespace } = cluster.attach(one, "servers", server);
    const hasOpen = () => one.plane.hasOpen(namespace);
    const becomes = (expected: boolean) =>
      vi.waitFor(async () => expect(await hasOpen()).toBe(expected), {
        timeout: 10_000,
        interval: 20,
      });
    expect(await hasOpen()).toBe(false);
    for (const address of Object.values(cluster.addresses("servers"))) {
      for (const client of [near, far]) {
        expect(await client.stream(address, 80)).toEqual({});
        expect(await hasOpen()).toBe(true);
        await client.endStream(address);
        await becomes(false);
      }
    }
    // What it has opened itself is nobody's reason to let it go on.
    expect(await server.stream(cluster.addresses("clients").v4, 80)).toEqual({});
    expect(await hasOpen()).toBe(false);
  });
});
