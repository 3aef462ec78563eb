import type { TunnelOffer } from "@oak/contracts";

/** Offers that wait for the next question of the cluster that they are for. Soft: whoever offers repeats it. */
export interface OfferBox {
  put(clusterId: string, offer: TunnelOffer): void;
  /** What waits for this cluster; it is told once. */
  take(clusterId: string): TunnelOffer[];
  isEmpty(clusterId: string): boolean;
}

/** A cluster that does not ask has no use for older ones. */
const keptMs = 30_000;
const mostOfCluster = 1_000;

export function createOfferBox(monotonicMs: () => number): OfferBox {
  const boxes = new Map<string, Map<string, { offer: TunnelOffer; sinceMs: number }>>();
  const open = (clusterId: string) => {
    const box = boxes.get(clusterId) ?? new Map<string, { offer: TunnelOffer; sinceMs: number }>();
    for (const [key, { sinceMs }] of box) if (monotonicMs() - sinceMs > keptMs) box.delete(key);
    return box;
  };
  return {
    put: (clusterId, offer) => {
      const box = open(clusterId);
      const key = `${offer.subnet} ${offer.appname} ${offer.instance_number}`;
      // The oldest gives way, so that one cluster that is away does not fill the memory.
      box.delete(key);
      for (const oldest of box.keys()) {
        if (box.size < mostOfCluster) break;
        box.delete(oldest);
      }
      boxes.set(clusterId, box.set(key, { offer, sinceMs: monotonicMs() }));
    },
    take: (clusterId) => {
      const offers = [...open(clusterId).values()].map(({ offer }) => offer);
      boxes.delete(clusterId);
      return offers;
    },
    isEmpty: (clusterId) => open(clusterId).size === 0,
  };
}
