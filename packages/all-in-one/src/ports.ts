import { createServer } from "node:net";

/** Where the parts listen. The first four are for others, the rest stays on loopback. */
export interface Ports {
  /** public REST API of the root */
  systemManager: number;
  /** registration of workers, and the root's calls */
  clusterManager: number;
  mqttBroker: number;
  /** asked by the network-managers of clusters */
  rootNetworkManager: number;
  clusterNetworkManager: number;
  rootAbstractor: number;
  clusterAbstractor: number;
  rootScheduler: number;
  clusterScheduler: number;
}

/** upstream: the ports that its documentation names. */
export const DEFAULT_PORTS: Ports = {
  systemManager: 10_000,
  clusterManager: 10_100,
  mqttBroker: 10_003,
  rootNetworkManager: 10_099,
  clusterNetworkManager: 10_110,
  rootAbstractor: 11_011,
  clusterAbstractor: 11_012,
  rootScheduler: 10_004,
  clusterScheduler: 10_105,
};

/** The default port of each part shifted by `offset`, so that several systems fit on one machine. */
export function shiftedPorts(offset: number): Ports {
  const shift = ([name, port]: [string, number]) => [name, port + offset] as const;
  return { ...DEFAULT_PORTS, ...Object.fromEntries(Object.entries(DEFAULT_PORTS).map(shift)) };
}

/** Those of `ports` that somebody else listens on. */
export async function takenPorts(ports: Ports, host: string): Promise<number[]> {
  const checks = Object.values(ports).map(async (port) =>
    (await isFree(port, host)) ? [] : [port],
  );
  return (await Promise.all(checks)).flat();
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
