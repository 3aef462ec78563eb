import { expect, test } from "vitest";
import { endpointOf, isForThisMachineOnly, reachOf } from "./address-reach.ts";

test.each([
  ["localhost", "loopback"],
  ["site.localhost", "loopback"],
  ["127.0.1.1", "loopback"],
  ["::1", "loopback"],
  ["[::1]", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["::", "unspecified"],
  ["169.254.169.254", "metadata"],
  ["::ffff:169.254.169.254", "metadata"],
  ["fd00:ec2::254", "metadata"],
  ["169.254.10.1", "link-local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["224.0.0.1", "special"],
  ["255.255.255.255", "special"],
  ["64:ff9b::a9fe:a9fe", "special"],
  ["64:ff9b:1::7f00:1", "special"],
  ["::127.0.0.1", "special"],
  ["::7f00:1", "special"],
  ["2002:7f00:1::", "special"],
  ["fec0::1", "special"],
  ["192.0.0.1", "special"],
  ["192.0.0.192", "metadata"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["100.64.0.1", "private"],
  ["fd12::1", "private"],
  ["192.0.2.1", "public"],
  ["2001:db8::1", "public"],
  ["site.example", "name"],
])("%s is %s", (host, reach) => {
  expect(reachOf(host)).toBe(reach);
});

test("a name and an address of the site are for other machines too", () => {
  expect(["site.example", "10.0.0.1"].some(isForThisMachineOnly)).toBe(false);
});

test("an IPv6 address has brackets before its port", () => {
  expect(endpointOf("fd12::1", 10_000)).toBe("[fd12::1]:10000");
  expect(endpointOf("10.0.0.1", 10_000)).toBe("10.0.0.1:10000");
});
