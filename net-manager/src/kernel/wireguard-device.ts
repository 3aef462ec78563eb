import path from "node:path";
import type { Logger } from "@oak/kit";
import { KernelError, type Rtnetlink } from "@oak/netlink";
import { ensureAddresses, settingsToChange } from "./environment-devices.ts";
import type { WireguardControl } from "./wireguard-control.ts";
import { createToolControl, type RunProgram } from "./wireguard-tool.ts";
import { createUapiControl } from "./wireguard-uapi.ts";

/** What WireGuard needs of the host. */
export interface WireguardHost {
  run: RunProgram;
  /** Of the private key. */
  keyFile: string;
  /** Where devices in user space have their sockets. */
  socketFolder?: string;
}

export interface WireguardDeviceDeps {
  kernel: Rtnetlink;
  host: WireguardHost;
  name: string;
  logger: Logger;
}

/** Who encrypts. */
export type WireguardKind = "kernel" | "user";

/** The device of this worker; it outlives this process, and so does the program behind it. */
export interface WireguardDevice {
  /** Which kind there is or can be; a text says why there is none. */
  detect(): Promise<WireguardKind | { reason: string }>;
  /** Makes or adopts it. Answers its index. */
  ensure(kind: WireguardKind, settings: { mtu: number; address: string }): Promise<number>;
  control(kind: WireguardKind): WireguardControl;
  remove(): void;
}

const probe = "oakWgProbe";
const defaultSocketFolder = "/var/run/wireguard";

export function createWireguardDevice(deps: WireguardDeviceDeps): WireguardDevice {
  const { kernel, host, name, logger } = deps;
  const { run, keyFile, socketFolder = defaultSocketFolder } = host;

  const isRunnable = async (program: string): Promise<boolean> => {
    const tried = await Promise.allSettled([run(program, "--version")]);
    return tried[0].status === "fulfilled";
  };

  return {
    detect: async () => {
      const present = kernel.link(name);
      if (present !== undefined) return present.kind === "wireguard" ? "kernel" : "user";
      const hasKernel = kernelHasWireguard(kernel);
      if (hasKernel && (await isRunnable("wg"))) return "kernel";
      if (await isRunnable("wireguard-go")) return "user";
      const missing = hasKernel
        ? "wg (wireguard-tools)"
        : "a kernel with WireGuard or wireguard-go";
      return { reason: `WireGuard needs ${missing}, which this host does not have` };
    },
    ensure: async (kind, { mtu, address }) => {
      if (kernel.link(name) === undefined) {
        if (kind === "kernel") kernel.addWireguard(name, { mtu });
        // It goes to the background by itself, and returns when it can be asked.
        else await run("wireguard-go", name);
        logger.info({ device: name, kind }, "WireGuard device made");
      }
      const link = kernel.link(name);
      if (link === undefined) throw new Error(`${name} is gone as soon as it was made`);
      const changes = settingsToChange(link, { mtu, isUp: true });
      if (changes !== undefined) kernel.setLink(link.index, changes);
      ensureAddresses(kernel, link.index, [`${address}/32`]);
      return link.index;
    },
    control: (kind) =>
      kind === "kernel"
        ? createToolControl({ device: name, keyFile, run })
        : createUapiControl(path.join(socketFolder, `${name}.sock`)),
    remove: () => {
      // The program behind it ends when its device is gone.
      const link = kernel.link(name);
      if (link !== undefined) kernel.deleteLink(link.index);
    },
  };
}

function kernelHasWireguard(kernel: Rtnetlink): boolean {
  try {
    kernel.deleteLink(kernel.addWireguard(probe, { mtu: 1_280 }).index);
    return true;
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}
