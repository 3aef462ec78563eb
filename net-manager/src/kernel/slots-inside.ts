import type { Rtnetlink } from "@oak/netlink";
import type { Addresses } from "../ports.ts";
import { macOf, type SubnetPlan } from "./environment-addresses.ts";
import type { Sysctls } from "./environment-sysctls.ts";

/** What a workload calls its interface. */
export const insideName = "eth0";

/** Of the namespace that is entered. */
export interface Inside {
  kernel: Rtnetlink;
  sysctls: Sysctls;
}

/**
 * Makes a namespace complete; may be repeated. When it returns, a program in it can connect and be connected to at once: no
 * duplicate address detection is pending, and the gateway's MAC needs no asking.
 */
export function configureInside(
  { kernel, sysctls }: Inside,
  options: { plan: SubnetPlan; mtu: number; namespace: Addresses },
): void {
  const { plan, mtu, namespace } = options;
  const link = kernel.link(insideName);
  if (link === undefined) throw new Error(`${insideName} is not in the namespace`);
  prepareV6(sysctls);
  prepareSockets(sysctls);
  const loopback = kernel.link("lo");
  if (loopback !== undefined && !loopback.isUp) kernel.setLink(loopback.index, { isUp: true });
  kernel.setLink(link.index, { mtu, isUp: true });
  kernel.addAddress(link.index, `${namespace.v4}/${plan.prefixes.v4.split("/")[1]}`);
  kernel.addAddress(link.index, `${namespace.v6}/${plan.prefixes.v6.split("/")[1]}`);
  const mac = macOf("bridge", plan.bridge.v4);
  for (const [to, via] of [
    ["0.0.0.0/0", plan.bridge.v4],
    ["::/0", plan.bridge.v6],
  ] as const) {
    kernel.replaceNeighbour({ link: link.index, mac, address: via });
    kernel.replaceRoute({ to, via, link: link.index });
  }
}

/** Docker switches IPv6 off in namespaces without a network of its own. */
function prepareV6(sysctls: Sysctls): void {
  for (const name of ["all", "default", "lo", insideName]) {
    const key = `net/ipv6/conf/${name}/disable_ipv6`;
    if (sysctls.read(key) === "1") sysctls.write(key, "0");
  }
  for (const setting of ["accept_dad", "accept_ra"]) {
    const key = `net/ipv6/conf/${insideName}/${setting}`;
    if (sysctls.read(key) !== undefined) sysctls.write(key, "0");
  }
}

/** Docker gives its own networks these, so images of users other than root rely on them. What is not the kernel's default was somebody's wish. */
function prepareSockets(sysctls: Sysctls): void {
  for (const [key, normal, wanted] of [
    ["net/ipv4/ip_unprivileged_port_start", "1024", "0"],
    ["net/ipv4/ping_group_range", "1\t0", "0 2147483647"],
  ] as const) {
    if (sysctls.read(key) === normal) sysctls.write(key, wanted);
  }
}
