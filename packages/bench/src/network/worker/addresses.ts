import type { Addresses, ServiceProgram } from "@oak/net-manager";

/** What stands for one service of many: an address of its own, and instances on workers that this bench never reaches. */

/** Wider than the product's, whose 65,536 addresses would not do for the most services. */
export const serviceRanges = { v4: ["10.28.0.0/14"], v6: ["fdff::/16"] } as const;

const namespacesOfWorker = 62;
/** Base addresses; the two workers of the bench and its own services have the first ones. */
const base = {
  service: 0x0a1c_0100,
  instance: 0x0a1e_0100,
  worker: 0x0a12_0100,
  underlay: 0x0af8_0000,
} as const;
/** An instance address of the bench itself has a number below. */
const firstInstance = 256;

/** Every tenth service has three instances, the others have one: three to spread over, one to translate to. */
const instancesOf = (service: number): number => (service % 10 === 9 ? 3 : 1);
const firstInstanceOf = (service: number): number => Math.floor(service / 10) * 12 + (service % 10);

/** The worker of one of the many, as the data plane is told of it. */
export function farPeer(index: number) {
  const subnet = subnetOf(index);
  return { key: subnet.v4, subnet, host: dotted(base.underlay + index + 1), port: 50_103 };
}

/** How many workers the first so many services are spread over. */
export function farPeers(services: number): number {
  const instances = services === 0 ? 0 : firstInstanceOf(services - 1) + instancesOf(services - 1);
  return Math.ceil(instances / namespacesOfWorker);
}

/** @param number from 0 */
export function farService(number: number): ServiceProgram {
  const attached = Array.from({ length: instancesOf(number) }, (_, copy) => {
    const instance = firstInstanceOf(number) + copy;
    const worker = Math.floor(instance / namespacesOfWorker);
    const subnet = subnetOf(worker);
    const place = 2 + (instance % namespacesOfWorker);
    return {
      instance: {
        v4: dotted(base.instance + instance),
        v6: `fdff::${group(instance + firstInstance)}`,
      },
      namespace: {
        v4: dotted(base.worker + worker * 64 + place),
        v6: subnet.v6.replace(/00$/, place.toString(16).padStart(2, "0")),
      },
      peer: subnet.v4,
    };
  });
  const targets = (family: keyof Addresses): string[] =>
    attached.map(({ namespace }) => namespace[family]);
  return {
    name: `filler${number}.bench.many.bench`,
    routes: [
      { address: dotted(base.service + number), targets: targets("v4") },
      { address: `fdff:2000::${group(number + firstInstance)}`, targets: targets("v6") },
    ],
    attached,
    admits: [1],
    isExclusive: false,
  };
}

function subnetOf(worker: number): Addresses {
  return {
    v4: dotted(base.worker + worker * 64),
    v6: `fc00::${group((worker + firstInstance) * 256)}`,
  };
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

/** The last 32 bits of an IPv6 address. */
function group(value: number): string {
  const high = value >>> 16;
  const low = (value & 0xffff).toString(16).padStart(4, "0");
  return high === 0 ? low : `${high.toString(16)}:${low}`;
}
