/** What VXLAN puts around a packet: Ethernet 14, VXLAN 8, UDP 8, and the IP header of the underlay. */
const overhead = { 4: 50, 6: 70 } as const;

/** What WireGuard adds at most: IPv6 40, UDP 8, its own header and tag 32. */
const sealOverhead = 80;

/** The kernel's limit for veth and bridge. */
const largest = 65_535;

/** The smallest with which the kernel still offers IPv6. */
export const smallestForV6 = 1_280;

/**
 * The MTU of everything that workloads use: what passes through the tunnel without fragments.
 * Also between workloads of one worker, so that a peer that moves away does not change what fits.
 */
export function planMtu(underlay: { mtu: number; family: 4 | 6 }, wished?: number): number {
  // upstream: TUN_MTU_SIZE is taken as it is, and 0 means "work it out".
  if (wished !== undefined && wished > 0) return Math.min(wished, largest);
  return Math.min(underlay.mtu - overhead[underlay.family], largest);
}

/** MTU of the WireGuard device, and of what passes through the tunnel in it. */
export function planSealedMtu(underlay: { mtu: number }, wished?: number) {
  const device = Math.min(underlay.mtu - sealOverhead, largest - overhead[4]);
  return { device, tunnel: Math.min(device - overhead[4], wished || largest) };
}
