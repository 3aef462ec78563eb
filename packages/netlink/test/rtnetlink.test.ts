import { describe, expect, test } from "vitest";
import { inNamespace, KernelError, openNamespace, openRtnetlink } from "../src/index.ts";
import type { Rtnetlink } from "../src/ports.ts";
import { canMakeNamespaces, testNamespaces } from "./support/test-namespaces.ts";

describe.skipIf(!canMakeNamespaces)("rtnetlink", () => {
  const makeNamespace = testNamespaces();

  const withRtnetlink = (use: (rtnetlink: Rtnetlink) => void): void => {
    const rtnetlink = inNamespace(makeNamespace().path, openRtnetlink);
    try {
      use(rtnetlink);
    } finally {
      rtnetlink.close();
    }
  };

  const vxlan = {
    name: "vx0",
    vni: 7,
    port: 50103,
    local: "2001:db8::1",
    mtu: 1370,
    mac: "02:00:00:00:00:01",
  };

  test("a bridge is made with its MTU and MAC, and made again is the same one", () => {
    withRtnetlink((rtnetlink) => {
      const bridge = rtnetlink.addBridge("br0", { mtu: 1400, mac: "02:00:0a:12:00:01" });
      expect(bridge).toMatchObject({ kind: "bridge", mtu: 1400, mac: "02:00:0a:12:00:01" });
      expect(rtnetlink.addBridge("br0", { mtu: 1400 }).index).toBe(bridge.index);
    });
  });

  test("the peer of a pair goes into the namespace that was given", () => {
    const other = makeNamespace();
    const namespace = openNamespace(other.path);
    withRtnetlink((rtnetlink) => {
      const peer = { name: "eth0", mac: "02:00:0a:12:00:40", namespace: namespace.fd };
      const link = rtnetlink.addVeth("v0", { mtu: 1400, peer });
      expect(rtnetlink.links().map(({ name }) => name)).toEqual(["lo", "v0"]);
      const there = inNamespace(namespace.fd, openRtnetlink);
      expect(there.link("eth0")).toMatchObject({ mtu: 1400, mac: "02:00:0a:12:00:40" });
      rtnetlink.deleteLink(link.index);
      expect(there.link("eth0")).toBeUndefined();
      there.close();
    });
    namespace.close();
  });

  test("the end of a pair tells where the other end is", () => {
    const [inside, stranger] = [makeNamespace(), makeNamespace()].map(({ path }) =>
      openNamespace(path),
    );
    withRtnetlink((rtnetlink) => {
      rtnetlink.addVeth("v0", { mtu: 1400, peer: { name: "eth0", namespace: inside?.fd ?? -1 } });
      const { peerNamespace } = rtnetlink.link("v0") ?? {};
      expect(peerNamespace).toBeTypeOf("number");
      expect(rtnetlink.namespaceNumber(inside?.fd ?? -1)).toBe(peerNamespace);
      expect(rtnetlink.namespaceNumber(stranger?.fd ?? -1)).toBeUndefined();
      expect(rtnetlink.link("lo")?.peerNamespace).toBeUndefined();
    });
    inside?.close();
    stranger?.close();
  });

  test("each namespace has a cookie of its own", () => {
    const { path } = makeNamespace();
    const cookieOf = (target: string) => {
      const rtnetlink = inNamespace(target, openRtnetlink);
      try {
        return rtnetlink.namespaceCookie();
      } finally {
        rtnetlink.close();
      }
    };
    withRtnetlink((rtnetlink) => {
      const cookie = rtnetlink.namespaceCookie();
      expect(cookie).toBeTypeOf("bigint");
      expect(cookieOf(path)).not.toBe(cookie);
      expect(cookieOf(path)).toBe(cookieOf(path));
    });
  });

  test("a port of a bridge is isolated, and taken out again", () => {
    withRtnetlink((rtnetlink) => {
      const bridge = rtnetlink.addBridge("br0", { mtu: 1500 });
      const port = rtnetlink.addVeth("v0", { mtu: 1500, peer: { name: "v1" } });
      rtnetlink.setLink(port.index, { master: bridge.index, isUp: true, isIsolated: true });
      const wished = { master: bridge.index, isUp: true, isIsolated: true };
      expect(rtnetlink.link("v0")).toMatchObject(wished);
      rtnetlink.setLink(port.index, { master: 0, name: "v2" });
      expect(rtnetlink.link("v2")?.master).toBeUndefined();
    });
  });

  test("a VXLAN device is adopted when it is the same, and refused when it is another", () => {
    withRtnetlink((rtnetlink) => {
      const { index } = rtnetlink.addVxlan(vxlan);
      expect(rtnetlink.addVxlan(vxlan)).toMatchObject({
        index,
        vxlan: { vni: 7, port: 50103, local: "2001:db8::1" },
      });
      expect(() => rtnetlink.addVxlan({ ...vxlan, vni: 8 })).toThrow("EEXIST");
    });
  });

  test("addresses of both families are added, added again, listed and deleted", () => {
    withRtnetlink((rtnetlink) => {
      const { index } = rtnetlink.addBridge("br0", { mtu: 1500 });
      for (const address of ["10.18.0.1/26", "10.18.0.1/26", "fc00::1/120"]) {
        rtnetlink.addAddress(index, address);
      }
      expect(rtnetlink.addresses(index)).toEqual(["10.18.0.1/26", "fc00::1/120"]);
      rtnetlink.deleteAddress(index, "10.18.0.1/26");
      rtnetlink.deleteAddress(index, "10.18.0.1/26");
      expect(rtnetlink.addresses(index)).toEqual(["fc00::1/120"]);
    });
  });

  test("routes over a tunnel, and routes that lead nowhere, come back as they were given", () => {
    withRtnetlink((rtnetlink) => {
      const link = rtnetlink.addVxlan(vxlan).index;
      rtnetlink.setLink(link, { isUp: true });
      // A namespace that has no address at all takes no next hop.
      rtnetlink.addAddress(link, "10.18.0.1/32");
      const given = [
        { to: "10.18.0.64/26", via: "10.18.0.64", link, isOnlink: true, mtu: 1300, metric: 5 },
        { to: "fc00::100/120", via: "fc00::100", link, isOnlink: true, metric: 5 },
        { to: "10.30.0.0/16", kind: "unreachable", metric: 4096 },
        { to: "fdff::/16", kind: "unreachable", metric: 4096 },
      ] as const;
      for (const route of [...given, ...given]) rtnetlink.replaceRoute(route);
      const routes = rtnetlink.routes();
      for (const route of given) expect(routes).toContainEqual({ kind: "unicast", ...route });
      for (const route of [...given, ...given]) rtnetlink.deleteRoute(route);
      expect(rtnetlink.routes().filter(({ to }) => !to.startsWith("fe80"))).toEqual([]);
    });
  });

  test("neighbours and forwarding entries of a tunnel come back as they were given", () => {
    withRtnetlink((rtnetlink) => {
      const link = rtnetlink.addVxlan(vxlan).index;
      const mac = "02:00:00:00:00:09";
      const given = [
        { link, mac, address: "10.18.0.64" },
        { link, mac, address: "fc00::100" },
        { link, mac, remote: "2001:db8::9", remotePort: 50104 },
      ];
      for (const neighbour of [...given, ...given]) rtnetlink.replaceNeighbour(neighbour);
      expect(rtnetlink.neighbours(link)).toEqual(given);
      for (const neighbour of [...given, ...given]) rtnetlink.deleteNeighbour(neighbour);
      expect(rtnetlink.neighbours(link)).toEqual([]);
    });
  });

  test("a refusal has the kernel's number, its name and its words", () => {
    withRtnetlink((rtnetlink) => {
      const refused = () => rtnetlink.replaceRoute({ to: "10.0.0.0/8", via: "192.0.2.1" });
      expect(refused).toThrow(KernelError);
      expect(refused).toThrow(/replace route 10\.0\.0\.0\/8: ENETUNREACH \(.+\)/);
    });
  });

  test("routes of one maker are told from those of others", () => {
    withRtnetlink((rtnetlink) => {
      const link = rtnetlink.addBridge("br0", { mtu: 1500 }).index;
      rtnetlink.setLink(link, { isUp: true });
      for (const to of ["10.30.0.0/16", "fdff::/16"]) rtnetlink.replaceRoute({ to, link });
      for (const to of ["10.30.0.1/32", "fdff::1/128"]) {
        rtnetlink.replaceRoute({ to, link, protocol: 79 });
      }
      const made = (protocol: number) => rtnetlink.routes(link, protocol).map(({ to }) => to);
      expect(made(4)).toEqual(["10.30.0.0/16", "fdff::/16"]);
      expect(made(79)).toEqual(["10.30.0.1/32", "fdff::1/128"]);
    });
  });

  test("a thousand routes are listed whole", () => {
    withRtnetlink((rtnetlink) => {
      const link = rtnetlink.addBridge("br0", { mtu: 1500 }).index;
      rtnetlink.setLink(link, { isUp: true });
      for (let number = 0; number < 1000; number += 1) {
        rtnetlink.replaceRoute({ to: `10.${number >> 8}.${number & 255}.0/24`, link });
      }
      expect(rtnetlink.routes(link).filter(({ to }) => to.endsWith("/24"))).toHaveLength(1000);
    });
  });
});
