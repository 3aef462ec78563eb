import { KernelError, type KernelLink, type Namespace, type Rtnetlink } from "@oak/netlink";
import type { Addresses } from "../ports.ts";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { macOf, portName, type SubnetPlan } from "./environment-addresses.ts";
import { ensureRoutes, type KernelView, settingsToChange } from "./environment-devices.ts";
import type { Sysctls } from "./environment-sysctls.ts";
import { slotErrors } from "./slots-errors.ts";
import { configureInside, insideName } from "./slots-inside.ts";
import type { Namespaces } from "./slots-namespaces.ts";

export interface PairsDeps {
  kernel: Rtnetlink;
  namespaces: Namespaces;
  /** Of the host. */
  sysctls: Pick<Sysctls, "read" | "write">;
  settings: Pick<DataPlaneSettings, "portPrefix">;
  /** Index of the bridge. */
  bridge(): number;
}

export interface PairsOptions {
  plan: SubnetPlan;
  mtu: number;
}

/** Pairs of interfaces: a port of the bridge, and `eth0` in a namespace. */
export interface Pairs {
  /** Makes one, or completes the one that is there. On failure no new one is left. */
  wire(namespace: Namespace, addresses: Addresses, options: PairsOptions): KernelLink;
  /** Puts the host's end right; answers how much that was. */
  ensure(port: KernelLink, addresses: Addresses, at: { mtu: number; view: KernelView }): number;
}

export function createPairs(deps: PairsDeps): Pairs {
  const { kernel, namespaces, sysctls, settings, bridge } = deps;
  const add = (namespace: Namespace, addresses: Addresses, mtu: number): KernelLink => {
    const peer = {
      name: insideName,
      mac: macOf("workload", addresses.v4),
      namespace: namespace.fd,
    };
    try {
      return kernel.addVeth(portName(settings.portPrefix, addresses.v4), { mtu, peer });
    } catch (error) {
      if (!(error instanceof KernelError && error.code === "EEXIST")) throw error;
      throw slotErrors.interface_taken({
        detail: `The namespace has an interface ${insideName} of somebody else`,
        cause: error,
      });
    }
  };

  const ensurePort = (port: KernelLink, addresses: Addresses, mtu: number): boolean => {
    const mac = macOf("port", addresses.v4);
    const changes = settingsToChange(port, { mtu, mac, master: bridge(), isUp: true });
    if (changes === undefined && port.isIsolated === true) return false;
    kernel.setLink(port.index, { ...changes, isIsolated: true });
    for (const address of [addresses.v4, addresses.v6]) {
      kernel.replaceNeighbour({ link: port.index, address, mac: macOf("workload", addresses.v4) });
    }
    return true;
  };

  /** 127.0.0.1:published, asked for on this host, leaves by the port. */
  const openToLoopback = ({ name }: KernelLink): boolean => {
    const key = `net/ipv4/conf/${name}/route_localnet`;
    if (sysctls.read(key) !== "0") return false;
    sysctls.write(key, "1");
    return true;
  };

  return {
    wire: (namespace, addresses, { plan, mtu }) => {
      const name = portName(settings.portPrefix, addresses.v4);
      const present = kernel.link(name);
      const port = present ?? add(namespace, addresses, mtu);
      try {
        namespaces.inside(namespace, (inside) =>
          configureInside(inside, { plan, mtu, namespace: addresses }),
        );
        ensurePort(port, addresses, mtu);
        openToLoopback(port);
        for (const route of portRoutes(port.index, addresses)) kernel.replaceRoute(route);
      } catch (error) {
        // What runs over one that was there before is worth more than a tidy failure.
        if (present === undefined) kernel.deleteLink(port.index);
        throw error;
      }
      return port;
    },
    ensure: (port, addresses, { mtu, view }) => {
      const changes = [ensurePort(port, addresses, mtu), openToLoopback(port)];
      const wanted = portRoutes(port.index, addresses);
      const missing = ensureRoutes(kernel, view.routes(port.index), wanted);
      return changes.filter(Boolean).length + missing.length;
    },
  };
}

/**
 * Straight to the port and not by way of the bridge. With br_netfilter, which Docker loads, the bridge would cut the way
 * between two workloads short: it translates a packet, finds that it leaves where it came in, and sends it on as a frame, from one
 * isolated port to another, which is nowhere.
 */
function portRoutes(link: number, { v4, v6 }: Addresses) {
  return [
    { to: `${v4}/32`, link },
    { to: `${v6}/128`, link },
  ];
}
