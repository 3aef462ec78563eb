/**
 * A data plane of the compiled program, to which workloads come and go as fast as the kernel lets them. Told by its parent what to do,
 * since only a process of its own can be in another network namespace for good.
 */
import { createMetrics, createSilentLogger } from "@oak/kit";
import { openDataPlane } from "../dist/open-data-plane.js";

const { subnet, host, stateFolder, pids } = JSON.parse(process.argv[2] ?? "{}");
const plane = openDataPlane({
  stateFolder,
  settings: { repairEveryMs: 60_000 },
  logger: createSilentLogger(),
  metrics: createMetrics({ service: "net-manager" }),
});

const serviceOf = (index, targets, attached) => ({
  name: `shop.prod.web${index}.prod`,
  routes: [
    { address: `10.30.0.${index + 1}`, targets: targets.map(({ v4 }) => v4) },
    { address: `fdff:2000::${index + 1}`, targets: targets.map(({ v6 }) => v6) },
  ],
  attached,
  admits: [1, 2],
  isExclusive: index % 2 === 1,
});

/** All namespaces become workloads of a few services, each with addresses and ports of its own, and are gone again. */
const round = () => {
  const slots = pids.map((pid) => plane.connect(pid));
  const attached = slots.map(({ namespace }, index) => ({
    namespace,
    instance: { v4: `10.30.1.${index + 1}`, v6: `fdff::1:${index + 1}` },
  }));
  for (const [index, { namespace, instance }] of attached.entries()) {
    const ports = [
      { host: 20_000 + index, container: 80, protocol: "tcp" },
      { host: 20_000 + index, container: 53, protocol: "udp" },
    ];
    const service = `shop.prod.web${index % 4}.prod`;
    plane.setLocal({ service, number: index, namespace, instance, tenant: 1 + (index % 2), ports });
  }
  for (let index = 0; index < 4; index += 1) {
    const own = attached.filter((_, number) => number % 4 === index);
    plane.setService(
      serviceOf(
        index,
        own.map(({ namespace }) => namespace),
        own,
      ),
    );
    if (index % 2 === 1)
      plane.renewLeases(
        own.map(({ namespace }) => namespace),
        1_000,
      );
  }
  for (let index = 0; index < 4; index += 1) plane.removeService(`shop.prod.web${index}.prod`);
  for (const { namespace } of attached) plane.removeLocal(namespace);
  for (const { id } of slots) plane.disconnect(id);
};

const orders = {
  start: () => plane.start({ subnet, underlay: { address: host, port: 50_103 } }),
  run: async ({ rounds }) => {
    for (let count = 0; count < rounds; count += 1) {
      round();
      // Its own loops have their turn, as they would have between requests.
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  uninstall: () => plane.uninstall(),
};

process.on("message", async ({ order, ...options }) => {
  try {
    await orders[order](options);
    globalThis.gc?.();
    const { slots, services } = plane.state();
    process.send?.({ slots, services, rssMb: process.memoryUsage().rss / 2 ** 20 });
  } catch (error) {
    process.send?.({ error: String(error?.stack) });
  }
});
