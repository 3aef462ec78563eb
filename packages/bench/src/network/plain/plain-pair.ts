import type { TestBed } from "@oak/testkit";
import { addCable, addNamespace, inNamespace, ip } from "../../system/namespaces.ts";
import type { Cores, Path } from "../path.ts";
import { startClient, startServers } from "../places.ts";
import { connectByVxlan } from "./vxlan.ts";
import { connectByWireguard } from "./wireguard.ts";

/** One of two workers without rules, without tracked connections, without anything of ours. */
export interface PlainWorker {
  namespace: string;
  /** Namespace of the one workload on its bridge. */
  workload: string;
  underlay: string;
  /** Ethernet address of its end of the tunnel. */
  mac: string;
  /** The workload's subnet and the bridge's address in it. */
  subnet: string;
  bridge: string;
  workloadAddress: string;
  wireguard: { device: string; address: string };
}

export interface PlainOptions {
  /** Tells the names of this run from those of others; at most 6 characters. */
  tag: string;
  cores: Cores;
  withWireguard: boolean;
}

/** What the others are compared with: two workers joined by one cable, each with a bridge and a workload. */
export async function createPlainPair(bed: TestBed, options: PlainOptions): Promise<Path[]> {
  const { tag, cores, withWireguard } = options;
  const [near, far] = [plainWorker(tag, 1), plainWorker(tag, 2)];
  for (const worker of [near, far]) await addWorker(bed, worker);
  await addCable(
    bed,
    { namespace: near.namespace, device: "underlay", address: `${near.underlay}/24` },
    { namespace: far.namespace, device: "underlay", address: `${far.underlay}/24` },
  );
  await connectByVxlan(near, far);
  if (withWireguard) await connectByWireguard(bed, near, far);

  for (const namespace of [far.namespace, far.workload]) await startServers(bed, namespace, cores);
  const worker = await startClient(bed, near.namespace, cores);
  const workload = await startClient(bed, near.workload, cores);
  const wireguard: Path = { name: "wireguard", from: worker, address: far.wireguard.address };
  return [
    { name: "veth", from: worker, address: far.underlay },
    { name: "vxlan", from: worker, address: far.bridge },
    { name: "overlay", from: workload, address: far.workloadAddress },
    ...(withWireguard ? [wireguard] : []),
  ];
}

function plainWorker(tag: string, number: number): PlainWorker {
  return {
    namespace: `oakb-${tag}-p${number}`,
    workload: `oakb-${tag}-pw${number}`,
    underlay: `10.250.0.${number}`,
    mac: `02:00:0a:fb:0${number}:01`,
    subnet: `10.251.${number}.0/24`,
    bridge: `10.251.${number}.1`,
    workloadAddress: `10.251.${number}.2`,
    // wireguard-go has one folder of sockets for all namespaces.
    wireguard: { device: `oakb${tag}w${number}`, address: `10.252.0.${number}` },
  };
}

/** Ethernet, IPv4, UDP and VXLAN around each packet. */
const overlayMtu = "1450";

async function addWorker(bed: TestBed, worker: PlainWorker): Promise<void> {
  const { namespace, workload, bridge, workloadAddress } = worker;
  await addNamespace(bed, namespace);
  await addNamespace(bed, workload);
  await inNamespace(namespace, ["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
  await ip("-n", namespace, "link", "add", "bridge", "mtu", overlayMtu, "type", "bridge");
  await ip("-n", namespace, "addr", "add", `${bridge}/24`, "dev", "bridge");
  await ip("-n", namespace, "link", "set", "bridge", "up");
  const peer = ["type", "veth", "peer", "name", "eth0", "mtu", overlayMtu, "netns", workload];
  await ip("-n", namespace, "link", "add", "port", "mtu", overlayMtu, ...peer);
  await ip("-n", namespace, "link", "set", "port", "master", "bridge", "up");
  await ip("-n", workload, "addr", "add", `${workloadAddress}/24`, "dev", "eth0");
  await ip("-n", workload, "link", "set", "eth0", "up");
  await ip("-n", workload, "route", "add", "default", "via", bridge);
}
