import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ip } from "../../system/namespaces.ts";
import type { PlainWorker } from "./plain-pair.ts";

const execute = promisify(execFile);
const device = "vxlan";

/** A routed VXLAN with static entries, as ours is made, and nothing around it. */
export async function connectByVxlan(near: PlainWorker, far: PlainWorker): Promise<void> {
  for (const [own, other] of [
    [near, far],
    [far, near],
  ] as const) {
    const { namespace } = own;
    const kind = ["type", "vxlan", "id", "1031", "dstport", "50103", "local", own.underlay];
    const settings = ["mtu", "1450", "address", own.mac, ...kind, "nolearning"];
    await ip("-n", namespace, "link", "add", device, ...settings);
    await ip("-n", namespace, "link", "set", device, "up");
    const entry = ["append", other.mac, "dev", device, "dst", other.underlay];
    await execute("bridge", ["-n", namespace, "fdb", ...entry]);
    const neighbour = [other.bridge, "lladdr", other.mac, "dev", device, "nud", "permanent"];
    await ip("-n", namespace, "neigh", "add", ...neighbour);
    const route = [other.subnet, "via", other.bridge, "dev", device, "onlink", "src", own.bridge];
    await ip("-n", namespace, "route", "add", ...route);
  }
}
