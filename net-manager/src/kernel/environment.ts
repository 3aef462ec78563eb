import type { Logger } from "@oak/kit";
import type { KernelLink, KernelRoute, Rtnetlink, Tun } from "@oak/netlink";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { macOf, type SubnetPlan } from "./environment-addresses.ts";
import {
  ensureAddresses,
  ensureRoutes,
  type KernelView,
  nowhere,
  settingsToChange,
} from "./environment-devices.ts";
import type { SysctlKeeper } from "./environment-sysctls.ts";

export interface EnvironmentDeps {
  kernel: Rtnetlink;
  openTun(name: string, options: { isLasting: true }): Tun;
  sysctls: SysctlKeeper;
  settings: DataPlaneSettings;
  onPacket(packet: Buffer): void;
  logger: Logger;
}

/** Bridge and TUN device with their addresses and routes, and the host's settings. */
export interface Environment {
  /** Makes what is missing and puts right what is wrong; answers how much that was. The host's settings only now and then. */
  ensure(view: KernelView): number;
  /** From now on these are right. */
  use(options: { plan: SubnetPlan; mtu: number }): void;
  /** The settings alone: a device has just been made. */
  applySysctls(): number;
  /** Index of the bridge. */
  bridge(): number;
  write(packet: Uint8Array): void;
  /** Leaves the devices. */
  stop(): Promise<void>;
  uninstall(): Promise<void>;
}

/** Weaker than any other route: what is left when the TUN device is gone, so that nothing leaks to the default route. */
const lastMetric = 0xffff_0000;

/** A hundred small files are most of what a pass would read, and hardly anybody writes them. */
const settingsEvery = 5;

export function createEnvironment(deps: EnvironmentDeps): Environment {
  const { kernel, settings, logger } = deps;
  let options: { plan: SubnetPlan; mtu: number } | undefined;
  let tun: Tun | undefined;
  let tunIndex: number | undefined;
  let bridgeIndex = 0;
  let passes = 0;

  const report = (what: string, facts: object): void =>
    logger.info({ what, ...facts }, "data plane put right");

  const ensureBridge = (view: KernelView, { plan, mtu }: NonNullable<typeof options>): number => {
    let link = view.link(settings.bridge);
    const wanted = { mac: macOf("bridge", plan.bridge.v4), mtu, isUp: true };
    let changes = 0;
    if (link !== undefined && link.kind !== "bridge") {
      report("foreign device with the bridge's name", { kind: link.kind });
      kernel.deleteLink(link.index);
      link = undefined;
    }
    if (link === undefined) {
      link = kernel.addBridge(settings.bridge, { mtu, mac: wanted.mac });
      changes += 1;
    }
    bridgeIndex = link.index;
    changes += ensureSettings(link, wanted);
    const addresses = [
      `${plan.bridge.v4}/${lengthOf(plan.prefixes.v4)}`,
      `${plan.bridge.v6}/${lengthOf(plan.prefixes.v6)}`,
    ];
    return changes + ensureAddresses(kernel, link.index, addresses).length;
  };

  const ensureSettings = (link: KernelLink, wanted: Parameters<typeof settingsToChange>[1]) => {
    const changes = settingsToChange(link, wanted);
    if (changes === undefined) return 0;
    kernel.setLink(link.index, changes);
    return 1;
  };

  const ensureTun = (view: KernelView, { plan, mtu }: NonNullable<typeof options>): number => {
    let link = view.link(settings.tun);
    let changes = 0;
    if (tun === undefined || link === undefined || link.index !== tunIndex) {
      const isAdopted = link !== undefined && tun === undefined;
      // The open file of a deleted device reads nothing any more.
      if (tun !== undefined) void tun.close();
      // It stays while no agent runs: a first packet is then lost and sent again, instead of refused.
      tun = deps.openTun(settings.tun, { isLasting: true });
      tun.onPacket(deps.onPacket);
      link = kernel.link(settings.tun);
      if (link === undefined) throw new Error(`${settings.tun} is gone as soon as it was made`);
      tunIndex = link.index;
      if (!isAdopted) changes += 1;
    }
    changes += ensureSettings(link, { mtu, isUp: true });
    // With the bridge's addresses the host's own programs ask with a source that other workers can answer.
    const addresses = [`${plan.bridge.v4}/32`, `${plan.bridge.v6}/128`];
    changes += ensureAddresses(kernel, link.index, addresses).length;
    return changes + ensureServiceRoutes(view, link.index);
  };

  const ensureServiceRoutes = (view: KernelView, link: number): number => {
    const ranges = [...settings.serviceRanges.v4, ...settings.serviceRanges.v6];
    const fallbacks = ranges.map(
      (to): KernelRoute => ({ to, kind: "unreachable", metric: lastMetric }),
    );
    const missing = ensureRoutes(
      kernel,
      view.routes(link),
      ranges.map((to) => ({ to, link })),
    );
    return missing.length + ensureRoutes(kernel, view.routes(nowhere), fallbacks).length;
  };

  const applySysctls = (): number => {
    const tunnels = [settings.tunnel, settings.sealedTunnel];
    const changed = deps.sysctls.apply({
      bridge: settings.bridge,
      tun: settings.tun,
      tunnels: tunnels.filter((name) => kernel.link(name) !== undefined),
    });
    if (changed.length > 0) report("settings", { changed });
    return changed.length;
  };

  return {
    use: (next) => {
      options = next;
    },
    ensure: (view) => {
      if (options === undefined) return 0;
      const devices = ensureBridge(view, options) + ensureTun(view, options);
      const isTurn = passes % settingsEvery === 0 || devices > 0;
      passes += 1;
      return devices + (isTurn ? applySysctls() : 0);
    },
    applySysctls,
    bridge: () => bridgeIndex,
    write: (packet) => tun?.write(packet),
    stop: async () => {
      await tun?.close();
      tun = undefined;
      tunIndex = undefined;
    },
    uninstall: async () => {
      await tun?.close();
      tun = undefined;
      for (const name of [settings.tun, settings.bridge]) {
        const link = kernel.link(name);
        if (link !== undefined) kernel.deleteLink(link.index);
      }
      for (const to of [...settings.serviceRanges.v4, ...settings.serviceRanges.v6]) {
        kernel.deleteRoute({ to, kind: "unreachable", metric: lastMetric });
      }
      deps.sysctls.restore();
    },
  };
}

function lengthOf(prefix: string): string {
  return prefix.split("/")[1] ?? "";
}
