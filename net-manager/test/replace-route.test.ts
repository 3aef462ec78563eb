import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { inNamespace, type KernelLink, openRtnetlink } from "@oak/netlink";
import { expect, onTestFinished, test } from "vitest";
import { replaceRoute } from "../src/kernel/environment-devices.ts";

const canMakeNamespaces = process.getuid?.() === 0;

test.skipIf(!canMakeNamespaces).for([
  { to: "fc00::100/120", via: "fc00::101" },
  { to: "10.18.0.64/26", via: "10.18.0.65" },
])("a worker's subnet $to goes on by another interface", ({ to, via }) => {
  const name = `oakt-${randomBytes(4).toString("hex")}`;
  execFileSync("ip", ["netns", "add", name]);
  onTestFinished(() => void execFileSync("ip", ["netns", "delete", name]));
  const kernel = inNamespace(`/run/netns/${name}`, openRtnetlink);
  onTestFinished(kernel.close);
  const [plain, sealed] = ["plain", "sealed"].map((bridge, index): KernelLink => {
    const link = kernel.addBridge(bridge, { mtu: 1400 });
    kernel.setLink(link.index, { isUp: true });
    kernel.addAddress(link.index, `192.0.2.${index + 1}/32`);
    return link;
  });
  for (const link of [plain, sealed, plain]) {
    replaceRoute(kernel, { to, via, link: link?.index ?? 0, isOnlink: true });
    const leading = kernel.routes().filter((route) => route.to === to);
    expect(leading).toMatchObject([{ via, link: link?.index }]);
  }
});
