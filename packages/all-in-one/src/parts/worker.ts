import { join } from "node:path";
import { createMetrics, Secret } from "@oak/kit";
import { createNodeEngine, type NodeEngine } from "@oak/node-engine";
import type { Wiring } from "../wiring.ts";

/** The worker of this machine. It joins the cluster beside it like any other worker would. */
export function workerPart(wiring: Wiring): NodeEngine {
  const { dataDir, logger, nodeName, ports, runtime, secrets } = wiring;
  return createNodeEngine({
    cluster: { host: "127.0.0.1", port: ports.clusterManager },
    joinSecret: new Secret(secrets.workerJoin),
    ...(nodeName === undefined ? {} : { name: nodeName }),
    stateDir: join(dataDir, "node-engine"),
    runtime,
    logger: logger.child({ service: "node-engine" }),
    metrics: createMetrics({ service: "node-engine" }),
  });
}
