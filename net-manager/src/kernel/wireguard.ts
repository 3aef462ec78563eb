import type { Clock, Logger } from "@oak/kit";
import type { KernelRoute, Rtnetlink } from "@oak/netlink";
import type { Peer, WireguardState } from "../ports.ts";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { innerAddress } from "./environment-addresses.ts";
import { ensureRoutes } from "./environment-devices.ts";
import {
  createWireguardDevice,
  type WireguardHost,
  type WireguardKind,
} from "./wireguard-device.ts";
import { loadWireguardKeys, type WireguardKeys } from "./wireguard-keys.ts";
import { createSealedPeers, deviceChange, type SealedPeer } from "./wireguard-peers.ts";

export interface WireguardDeps {
  kernel: Rtnetlink;
  /** Absent: there is no WireGuard on this host. */
  host: WireguardHost | undefined;
  settings: Pick<DataPlaneSettings, "wireguard" | "tunnelIdleMs">;
  clock: Clock;
  logger: Logger;
}

export interface WireguardOptions {
  /** Base address of the worker's own IPv4 subnet. */
  key: string;
  /** UDP port on which it listens. */
  port: number;
  mtu: number;
}

/**
 * The encrypted underlay: one device, made for the first peer. Devices are asked and told in the background; what is wanted is kept here, and the device
 * is brought to it.
 */
export interface Wireguard {
  /** Finds out whether there is WireGuard here, and takes up what a predecessor left. Makes nothing. */
  start(options: WireguardOptions): Promise<void>;
  setPeer(peer: Peer): void;
  removePeer(key: string): void;
  /** Peers that were not named until now go. */
  settled(): void;
  /** Brings the device to what is wanted, now. Never rejects. */
  ensure(): Promise<void>;
  /** Resolves when what was wanted before the call is in force, or was tried; undefined: it is already. */
  applied(): Promise<void> | undefined;
  state(): WireguardState;
  /** Leaves device and peers as they are. */
  stop(): Promise<void>;
  uninstall(): Promise<void>;
}

export function createWireguard(deps: WireguardDeps): Wireguard {
  const { kernel, settings, clock, logger } = deps;
  const device =
    deps.host && createWireguardDevice({ ...deps, host: deps.host, name: settings.wireguard });
  const peers = createSealedPeers();
  let options: (WireguardOptions & { inner: string }) | undefined;
  let keys: WireguardKeys | undefined;
  let kind: WireguardKind | undefined;
  let reason: string | undefined = "WireGuard is not set up";
  let isSettled = false;
  let link: number | undefined;
  let idleSinceMs: number | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;

  const times = () => ({ monotonicMs: clock.monotonicMs(), nowMs: clock.nowMs() });

  const removeWhenIdle = (): void => {
    if (!isSettled || kernel.link(settings.wireguard) === undefined) return;
    idleSinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - idleSinceMs < settings.tunnelIdleMs) return;
    device?.remove();
    link = undefined;
  };

  const bringOnce = async (): Promise<void> => {
    if (options === undefined || device === undefined) return;
    if (kind === undefined || keys === undefined) return;
    const all = peers.all();
    if (all.length === 0) {
      removeWhenIdle();
      return;
    }
    idleSinceMs = undefined;
    const { mtu, inner: address, port } = options;
    const index = await device.ensure(kind, { mtu, address });
    if (link !== undefined && link !== index) peers.forgetTold();
    link = index;
    const control = device.control(kind);
    const present = await control.read();
    const change = {
      ...deviceChange(present, { privateKey: keys.privateKey, port }),
      ...peers.plan(present.peers, { at: times(), keepsOthers: !isSettled }),
    };
    const isNews = [change.device, change.set?.[0], change.removed?.[0]].some((part) => part);
    if (isNews) await control.apply(change);
    ensureRoutes(
      kernel,
      kernel.routes(index),
      all.map((peer) => routeTo(peer, index)),
    );
  };

  const run = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      try {
        await bringOnce();
        if (kind !== undefined) reason = undefined;
      } catch (err) {
        const fault = `The WireGuard device does not stand: ${messageOf(err)}`;
        // Each second anew, and the same each time: once is enough to know it.
        if (reason !== fault)
          logger.warn({ err }, "the WireGuard device was not told, trying again");
        reason = fault;
      }
    }
  };
  const ensure = (): Promise<void> => {
    isDue = true;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    start: async ({ key, port, mtu }) => {
      options = { key, port, mtu, inner: innerAddress({ v4: key }) };
      if (deps.host === undefined || device === undefined) return;
      try {
        keys = await loadWireguardKeys(deps.host.keyFile);
        const found = await device.detect();
        if (typeof found === "string") kind = found;
        else ({ reason } = found);
      } catch (err) {
        reason = messageOf(err);
        logger.error({ err }, "no WireGuard");
      }
      await ensure();
    },
    setPeer: (peer) => {
      const sealed = sealedOf(peer);
      if (sealed !== undefined && peers.set(sealed, times())) void ensure();
    },
    removePeer: (key) => {
      const peer = peers.remove(key);
      if (peer === undefined) return;
      if (link !== undefined) kernel.deleteRoute(routeTo(peer, link));
      void ensure();
    },
    settled: () => {
      isSettled = true;
      void ensure();
    },
    ensure,
    applied: () => running,
    state: () => ({
      ...(kind !== undefined &&
        keys !== undefined &&
        options !== undefined && {
          own: { publicKey: keys.publicKey, port: options.port, kind },
        }),
      ...(reason !== undefined && { reason }),
      peers: peers.states(times()),
    }),
    stop: async () => {
      options = undefined;
      await running;
    },
    uninstall: async () => {
      options = undefined;
      await running;
      for (const { key } of peers.all()) peers.remove(key);
      device?.remove();
      link = undefined;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sealedOf({ key, subnet, host, wireguard }: Peer): SealedPeer | undefined {
  if (wireguard === undefined) return undefined;
  return { key, host, ...wireguard, inner: innerAddress(subnet) };
}

function routeTo({ inner }: SealedPeer, link: number): KernelRoute {
  return { to: `${inner}/32`, link };
}
