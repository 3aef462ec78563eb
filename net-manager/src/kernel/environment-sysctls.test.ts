import { expect, test } from "vitest";
import { type ChangedSysctl, createSysctlKeeper, type Sysctls } from "./environment-sysctls.ts";

const own = { bridge: "goProxyBridge", tun: "goProxyTun", tunnels: [] };

/** A kernel with `eth0` and our devices. */
function aKernel(values: Record<string, string> = {}) {
  const names = ["eth0", "goProxyBridge", "goProxyTun"];
  const all = [...names, "all", "default"];
  const file = new Map<string, string>([
    ["net/ipv4/ip_forward", "0"],
    ["net/ipv6/conf/all/forwarding", "0"],
    ...all.flatMap((name): [string, string][] => [
      [`net/ipv4/conf/${name}/rp_filter`, "0"],
      [`net/ipv4/conf/${name}/send_redirects`, "1"],
      [`net/ipv4/conf/${name}/route_localnet`, "0"],
      [`net/ipv4/conf/${name}/accept_local`, "0"],
      [`net/ipv6/conf/${name}/accept_dad`, "1"],
      [`net/ipv6/conf/${name}/accept_ra`, "1"],
      [`net/ipv6/conf/${name}/disable_ipv6`, "0"],
    ]),
    ...Object.entries(values),
  ]);
  const sysctls: Sysctls = {
    read: (key) => file.get(key),
    write: (key, value) => void file.set(key, value),
    interfaces: () => names,
  };
  return { file, sysctls };
}

function aKeeper(sysctls: Sysctls) {
  let kept: ReadonlyMap<string, ChangedSysctl> = new Map();
  return createSysctlKeeper(sysctls, {
    load: () => kept,
    save: (changed) => {
      kept = new Map(changed);
    },
  });
}

test("a second pass finds nothing to do", () => {
  const { sysctls } = aKernel({ "net/ipv4/conf/all/rp_filter": "1" });
  const keeper = aKeeper(sysctls);
  expect(keeper.apply(own).length).toBeGreaterThan(0);
  expect(keeper.apply(own)).toEqual([]);
});

test("the strict filter of all interfaces stays with the others and leaves ours", () => {
  const { file, sysctls } = aKernel({
    "net/ipv4/conf/all/rp_filter": "1",
    "net/ipv4/conf/eth0/rp_filter": "2",
  });
  aKeeper(sysctls).apply(own);
  const names = ["all", "default", "eth0", "goProxyBridge", "goProxyTun"];
  expect(names.map((name) => file.get(`net/ipv4/conf/${name}/rp_filter`))).toEqual([
    "0",
    "1",
    "2",
    "0",
    "0",
  ]);
});

test("a host that follows router advertisements goes on doing so when it forwards", () => {
  const { file, sysctls } = aKernel();
  aKeeper(sysctls).apply(own);
  expect(file.get("net/ipv6/conf/all/forwarding")).toBe("1");
  expect(file.get("net/ipv6/conf/eth0/accept_ra")).toBe("2");
  expect(file.get("net/ipv6/conf/goProxyBridge/accept_ra")).toBe("0");
});

test("afterwards the host's settings are what they were", () => {
  const { file, sysctls } = aKernel({ "net/ipv4/conf/all/rp_filter": "1" });
  const before = [...file].filter(([key]) => !key.includes("goProxy"));
  const keeper = aKeeper(sysctls);
  keeper.apply(own);
  keeper.apply({ ...own, tunnels: ["oakVxlan"] });
  keeper.restore();
  expect([...file].filter(([key]) => !key.includes("goProxy"))).toEqual(before);
});

test("what others have changed since is not put back", () => {
  const { file, sysctls } = aKernel({ "net/ipv4/conf/all/rp_filter": "1" });
  const keeper = aKeeper(sysctls);
  keeper.apply(own);
  file.set("net/ipv4/conf/eth0/rp_filter", "2");
  keeper.restore();
  expect(file.get("net/ipv4/conf/eth0/rp_filter")).toBe("2");
  expect(file.get("net/ipv4/conf/all/rp_filter")).toBe("1");
});

test("a kernel without IPv6 is no failure", () => {
  const { file, sysctls } = aKernel();
  for (const key of [...file.keys()].filter((name) => name.includes("ipv6"))) file.delete(key);
  aKeeper(sysctls).apply(own);
  expect(file.get("net/ipv4/ip_forward")).toBe("1");
});
