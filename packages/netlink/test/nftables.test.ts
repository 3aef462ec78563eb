import { describe, expect, onTestFinished, test } from "vitest";
import { inNamespace, type Nftables, type NftablesOptions, openNftables } from "../src/index.ts";
import {
  canMakeNamespaces,
  type TestNamespace,
  testNamespaces,
} from "./support/test-namespaces.ts";

const ruleset = `table inet oak {
  map services { type ipv4_addr : ipv4_addr; size 200000; }
  map services6 { type ipv6_addr : ipv6_addr; }
  set leases { type ipv4_addr; flags timeout; }
}`;

const ip = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(0x0a1e0000 + number);
  return bytes;
};

const adding = (number: number) =>
  ({ op: "add", set: "services", key: ip(number), data: ip(number + 1) }) as const;

describe.skipIf(!canMakeNamespaces)("nftables", () => {
  const makeNamespace = testNamespaces();

  const prepare = async (
    options: Partial<NftablesOptions> = {},
  ): Promise<{ nftables: Nftables; namespace: TestNamespace }> => {
    const namespace = makeNamespace();
    const nftables = inNamespace(namespace.path, () =>
      openNftables({ table: "oak", watchIntervalMs: 10, ...options }),
    );
    onTestFinished(() => nftables.close());
    await nftables.load(ruleset);
    return { nftables, namespace };
  };

  test("a large set is read in parts while others change it and run", async () => {
    const { nftables } = await prepare();
    const count = 60_000;
    for (let first = 0; first < count; first += 10_000) {
      nftables.change(Array.from({ length: 10_000 }, (_, index) => adding(first + index)));
    }
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
      nftables.change([{ op: turns % 2 === 1 ? "add" : "delete", set: "leases", key: ip(1) }]);
    }, 1);
    const [elements, none] = await Promise.all([
      nftables.elementsInParts("services"),
      nftables.elementsInParts("services6"),
    ]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(new Set(elements.map(({ key }) => Buffer.from(key).readUInt32BE())).size).toBe(count);
    expect(none).toEqual([]);
    await expect(nftables.elementsInParts("nobody")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a ruleset is loaded in the namespace in which it was opened", async () => {
    const { namespace } = await prepare();
    expect(namespace.run("nft", "list", "table", "inet", "oak")).toContain("map services6");
  });

  test("a ruleset that is none is refused with what nft says of it", async () => {
    const { nftables } = await prepare();
    await expect(nftables.load("table inet oak { garbage }")).rejects.toThrow("syntax error");
  });

  test("elements of a map are added, changed in one call, and deleted", async () => {
    const { nftables } = await prepare();
    nftables.change([adding(1), adding(2)]);
    nftables.change([
      { op: "delete", set: "services", key: ip(1) },
      { op: "add", set: "services", key: ip(1), data: ip(9) },
      { op: "delete", set: "services", key: ip(2) },
    ]);
    expect(nftables.elements("services")).toEqual([{ key: ip(1), data: ip(9) }]);
  });

  test("one refused change leaves everything as it was, and says which it was", async () => {
    const { nftables } = await prepare();
    const absent = { op: "delete", set: "services", key: ip(7) } as const;
    expect(() => nftables.change([adding(1), absent])).toThrow(
      "delete element 0a1e0007 of services: ENOENT",
    );
    expect(nftables.elements("services")).toEqual([]);
  });

  test.each([true, false])(
    "the deletion of an absent element can be none of our business (kernel from 6.3: %s)",
    async (canDestroy) => {
      const { nftables } = await prepare({ canDestroy });
      const absent = { op: "delete", set: "services", key: ip(7), mayBeAbsent: true } as const;
      nftables.change([absent, adding(7), absent, absent]);
      expect(nftables.elements("services")).toEqual([]);
      nftables.change([adding(7)]);
      nftables.change([absent, { ...adding(7), data: ip(9) }]);
      expect(nftables.elements("services")).toEqual([{ key: ip(7), data: ip(9) }]);
    },
  );

  test("adding what is there is success with the same data, and EEXIST with other data", async () => {
    const { nftables } = await prepare();
    nftables.change([adding(1)]);
    nftables.change([adding(1)]);
    expect(() => nftables.change([{ ...adding(1), data: ip(5) }])).toThrow("EEXIST");
  });

  test("an element with a timeout is renewed by deleting and adding it", async () => {
    const { nftables } = await prepare();
    const lease = { set: "leases", key: ip(1) } as const;
    nftables.change([{ op: "add", ...lease, timeoutMs: 20_000 }]);
    nftables.change([
      { op: "delete", ...lease, mayBeAbsent: true },
      { op: "add", ...lease, timeoutMs: 90_000 },
    ]);
    const [element] = nftables.elements("leases");
    expect(element?.expiresMs).toBeGreaterThan(80_000);
  });

  test("a set that is not there is ENOENT", async () => {
    const { nftables } = await prepare();
    expect(() => nftables.elements("nothing")).toThrow("ENOENT");
  });

  test("20,000 elements go in by one call, and one more costs far below a millisecond", async () => {
    const { nftables } = await prepare();
    nftables.change(Array.from({ length: 20_000 }, (_, number) => adding(number)));
    expect(nftables.elements("services")).toHaveLength(20_000);
    const times = Array.from({ length: 200 }, (_, number) => {
      const before = performance.now();
      nftables.change([adding(30_000 + number)]);
      return performance.now() - before;
    });
    expect(times.sort((a, b) => a - b)[100]).toBeLessThan(1);
  });

  test("it is told of what others change, and not of its own", async () => {
    const { nftables, namespace } = await prepare();
    let told = 0;
    nftables.watch(() => {
      told += 1;
    });
    nftables.change([adding(1)]);
    await nftables.load("add element inet oak leases { 192.0.2.1 }");
    nftables.change([adding(1)]);
    namespace.run("nft", "add", "element", "inet", "oak", "leases", "{ 192.0.2.2 }");
    await expect.poll(() => told).toBe(1);
  });
});
