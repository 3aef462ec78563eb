import type { Logger } from "@oak/kit";
import type { KernelLink, Rtnetlink } from "@oak/netlink";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { macOf, type SubnetPlan } from "./environment-addresses.ts";
import { ensureAddresses, settingsToChange } from "./environment-devices.ts";

export interface TunnelDeviceDeps {
  kernel: Rtnetlink;
  settings: Pick<DataPlaneSettings, "tunnel" | "vni">;
  /** The device is new: its settings in the kernel are those of any. */
  onDevice(): void;
  logger: Logger;
}

export interface TunnelDeviceOptions {
  plan: SubnetPlan;
  mtu: number;
  /** Where the tunnel's packets start, and the UDP port on which they arrive. */
  local: string;
  port: number;
  /** Base address of our IPv4 subnet. */
  key: string;
}

/** How the device was found. */
export interface EnsuredDevice {
  index: number;
  /** How much was put right. */
  changes: number;
  /** It has none of its routes and neighbours. */
  isEmpty: boolean;
}

/** The VXLAN device: adopts it when it is as it should, else makes it (anew). */
export function ensureTunnelDevice(
  deps: TunnelDeviceDeps,
  present: KernelLink | undefined,
  options: TunnelDeviceOptions,
): EnsuredDevice {
  const { kernel, settings, logger } = deps;
  if (present === undefined || !isSame(present, settings.vni, options)) {
    if (present !== undefined) {
      logger.info({ was: present }, "tunnel device replaced");
      kernel.deleteLink(present.index);
    }
    return { index: make(deps, options), changes: 1, isEmpty: true };
  }
  const { mtu, key } = options;
  const changes = settingsToChange(present, { mtu, mac: macOf("tunnel", key), isUp: true });
  if (changes !== undefined) kernel.setLink(present.index, changes);
  const changed = ensureAddresses(kernel, present.index, addressesOf(options));
  return {
    index: present.index,
    changes: (changes === undefined ? 0 : 1) + changed.length,
    // Whoever took the device down took its routes along.
    isEmpty: changes?.isUp === true,
  };
}

function make({ kernel, settings, onDevice }: TunnelDeviceDeps, options: TunnelDeviceOptions) {
  const { mtu, local, port, key } = options;
  const mac = macOf("tunnel", key);
  const { tunnel: name, vni } = settings;
  const { index } = kernel.addVxlan({ name, vni, port, local, mtu, mac });
  kernel.setLink(index, { isUp: true });
  ensureAddresses(kernel, index, addressesOf(options));
  onDevice();
  return index;
}

/** With the bridge's addresses the host's own programs ask with a source that other workers can answer. */
function addressesOf({ plan }: TunnelDeviceOptions): string[] {
  return [`${plan.bridge.v4}/32`, `${plan.bridge.v6}/128`];
}

function isSame({ vxlan }: KernelLink, vni: number, wanted: TunnelDeviceOptions): boolean {
  return (
    vxlan !== undefined &&
    vxlan.vni === vni &&
    vxlan.port === wanted.port &&
    vxlan.local === wanted.local
  );
}
