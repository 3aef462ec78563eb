import fc from "fast-check";
import { expect, test } from "vitest";
import { createReachPolicy, readReachRules } from "./reach-policy.ts";
import { readWebhookUrl } from "./webhook-url.ts";

const byte = fc.integer({ min: 0, max: 255 });
const port = fc.constantFrom(80, 443, 8080, 65_535);
const policy = createReachPolicy({});
const refusalOf = (address: string) => policy.refusal({ host: "a.example", address, port: 443 });

/** The ways in which a URL may write an IPv4 address, and those in which IPv6 may. */
function spellings([a, b, c, d]: readonly [number, number, number, number]): string[] {
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const [high, low] = [a * 256 + b, c * 256 + d].map((part) => part.toString(16));
  return [
    `${a}.${b}.${c}.${d}`,
    `${whole}`,
    `0x${whole.toString(16)}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::ffff:${high}:${low}]`,
    `[::${high}:${low}]`,
    `[64:ff9b::${high}:${low}]`,
    `[2002:${high}:${low}::]`,
  ];
}

test("no spelling of an address that is closed leads to it", () => {
  const closed = fc.oneof(
    fc.tuple(fc.constant(127), byte, byte, byte),
    fc.tuple(fc.constant(0), byte, byte, byte),
    fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
    fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte),
  );
  fc.assert(
    fc.property(closed, port, (address, port) => {
      for (const spelling of spellings(address)) {
        const target = readWebhookUrl(`http://${spelling}:${port}/`);
        if ("refused" in target) continue;
        const { host } = target;
        expect([spelling, policy.refusal({ host, address: host, port })]).not.toEqual([
          spelling,
          undefined,
        ]);
      }
    }),
  );
});

test("whatever a URL says, reading it ends with an answer", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl()), (text) => {
      const target = readWebhookUrl(text);
      if ("refused" in target) return;
      expect(target.url.protocol).toMatch(/^https?:$/);
      expect(target.port).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("private ranges are open by default, and closed when the operator says so", () => {
  const strict = createReachPolicy({ allowPrivate: false });
  for (const address of ["10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1"]) {
    expect(refusalOf(address)).toBeUndefined();
    expect(strict.refusal({ host: "a", address, port: 80 })).toContain("private");
  }
});

test.each([
  ["127.0.0.1", "127.0.0.1", 8080, true],
  ["127.0.0.1:9000", "127.0.0.1", 9000, true],
  ["127.0.0.1:9000", "127.0.0.1", 8080, false],
  ["127.0.0.0/8", "127.8.8.8", 8080, true],
  ["10.0.0.0/8 ,[::1]:9000", "::1", 9000, true],
  ["::1", "::1", 80, true],
  ["169.254.169.254/32", "169.254.169.254", 80, true],
  ["127.0.0.1:6379", "127.0.0.1", 6379, true],
  ["127.0.0.1", "127.0.0.1", 6379, false],
])("with %s, %s on port %d is open: %s", (text, address, port, isOpen) => {
  const open = createReachPolicy({ allow: readReachRules(text) ?? [] });
  expect(open.refusal({ host: address, address, port }) === undefined).toBe(isOpen);
});

test.each(["1.2.3.4/33", "a b/c", "host:0", "host:70000", "::1/129", "[::1", "*", "http://host/"])(
  "%s allows nothing: it cannot be read",
  (text) => {
    expect(readReachRules(text)).toBeUndefined();
  },
);

test("nothing, and names, can be read", () => {
  expect(readReachRules("")).toEqual([]);
  expect(readReachRules("addon, my_addon.site:8080")).toEqual([
    { name: "addon" },
    { name: "my_addon.site", port: 8080 },
  ]);
});
