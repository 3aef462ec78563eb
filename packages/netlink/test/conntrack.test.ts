import { describe, expect, test } from "vitest";
import { inNamespace, openConntrack } from "../src/index.ts";
import type { Conntrack } from "../src/ports.ts";
import { canMakeNamespaces, testNamespaces } from "./support/test-namespaces.ts";

/** Tracks everything, and gives a service address to what listens on the loopback device. */
const ruleset = `table inet test {
  chain out { type nat hook output priority -100; policy accept;
    ip daddr 192.0.2.1 dnat ip to 127.0.0.1
    ip6 daddr 2001:db8::1 dnat ip6 to ::1
  }
}`;

describe.skipIf(!canMakeNamespaces)("conntrack", () => {
  const makeNamespace = testNamespaces();

  /** A namespace in which two datagrams went to port 99 of service addresses. */
  const withFlows = (use: (conntrack: Conntrack) => void): void => {
    const namespace = makeNamespace();
    const script = `set -e; ip link set lo up; ip route add default dev lo; ip -6 route add default dev lo
      nft '${ruleset}'
      echo a >/dev/udp/192.0.2.1/99; echo a >/dev/udp/2001:db8::1/99; echo a >/dev/udp/127.0.0.9/99`;
    namespace.run("bash", "-c", script);
    const conntrack = inNamespace(namespace.path, openConntrack);
    try {
      use(conntrack);
    } finally {
      conntrack.close();
    }
  };

  test("a flow shows what its client dialled and who answers, in both families", () => {
    withFlows((conntrack) => {
      const dialled = { original: { destination: "192.0.2.1" } };
      expect(conntrack.flows(4, dialled)).toMatchObject([
        {
          protocol: 17,
          original: { destination: "192.0.2.1", destinationPort: 99 },
          reply: { source: "127.0.0.1", sourcePort: 99 },
          mark: 0,
        },
      ]);
      const flows6 = conntrack.flows(6).filter(({ protocol }) => protocol === 17);
      expect(flows6).toMatchObject([
        { original: { destination: "2001:db8::1" }, reply: { source: "::1" } },
      ]);
    });
  });

  test("tens of thousands of flows are looked through while others have their turn", async () => {
    const namespace = makeNamespace();
    const send = `const s = require("node:dgram").createSocket("udp4"); let left = 0;
      s.bind(0, "127.0.0.1", () => { for (let n = 0; n < 20000; n += 1) { left += 1;
        s.send("a", 1 + (n % 60000), "127.0." + (1 + Math.floor(n / 60000)) + ".9", () => { if (--left === 0) s.close(); }); } });
      s.on("error", () => {});`;
    namespace.run(
      "bash",
      "-c",
      `ip link set lo up; nft '${ruleset}'; "${process.execPath}" -e '${send}'`,
    );
    const conntrack = inNamespace(namespace.path, openConntrack);
    try {
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      let seen = 0;
      const some = await conntrack.scan(
        4,
        ({ original }) => {
          seen += 1;
          return original.destinationPort;
        },
        { limit: 7 },
      );
      expect(some).toHaveLength(7);
      expect(seen).toBe(7);
      const all = await conntrack.scan(4, ({ id }) => id);
      clearInterval(timer);
      expect(all.length).toBeGreaterThan(10_000);
      expect(turns).toBeGreaterThan(2);
    } finally {
      conntrack.close();
    }
  });

  test("a look that is under way ends when it is closed", async () => {
    const conntrack = inNamespace(makeNamespace().path, openConntrack);
    const scanning = conntrack.scan(4, ({ id }) => id);
    conntrack.close();
    await expect(scanning).rejects.toMatchObject({ code: "EBADF" });
  });

  test("flows are chosen by who answers, however the address is written", () => {
    withFlows((conntrack) => {
      expect(conntrack.flows(4, { reply: { source: "127.0.0.9" } })).toHaveLength(1);
      expect(conntrack.flows(4, { reply: { source: "127.0.0.8" } })).toEqual([]);
      const both = { original: { destination: "2001:DB8:0::1" }, reply: { source: "0::1" } };
      expect(conntrack.flows(6, both)).toHaveLength(1);
    });
  });

  test("flows are chosen by whether anything came back", () => {
    const namespace = makeNamespace();
    const talk = `const { createSocket } = require("node:dgram"); const [server, client] = [createSocket("udp4"), createSocket("udp4")];
      server.on("message", (_, { port, address }) => server.send("b", port, address, () => server.close()));
      client.on("message", () => client.close());
      server.bind(99, "127.0.0.8", () => client.send("a", 99, "127.0.0.9", () => client.send("a", 99, "127.0.0.8")));`;
    const program = `ip link set lo up; nft '${ruleset}'; "${process.execPath}" -e '${talk}'`;
    namespace.run("bash", "-c", program);
    const conntrack = inNamespace(namespace.path, openConntrack);
    try {
      const servers = (isAnswered: boolean) =>
        conntrack.flows(4, { isAnswered }).map((flow) => [flow.isAnswered, flow.reply.source]);
      expect(servers(true)).toEqual([[true, "127.0.0.8"]]);
      expect(servers(false)).toEqual([[false, "127.0.0.9"]]);
    } finally {
      conntrack.close();
    }
  });

  test("a flow is deleted, and deleted again", () => {
    withFlows((conntrack) => {
      for (const family of [4, 6] as const) {
        for (const flow of conntrack.flows(family)) {
          conntrack.deleteFlow(flow);
          conntrack.deleteFlow(flow);
        }
        expect(conntrack.flows(family).filter(({ protocol }) => protocol === 17)).toEqual([]);
      }
    });
  });

  test("a flow that has the ports of an earlier one is left alone", () => {
    withFlows((conntrack) => {
      const [flow] = conntrack.flows(4, { reply: { source: "127.0.0.9" } });
      if (!flow) throw new Error("no flow");
      conntrack.deleteFlow({ ...flow, id: (flow.id ?? 0) ^ 1 });
      expect(conntrack.flows(4, { reply: { source: "127.0.0.9" } })).toHaveLength(1);
    });
  });
});
