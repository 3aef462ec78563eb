import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOfPort, macOf, planSubnet, portName } from "./environment-addresses.ts";

const plan = planSubnet({ v4: "10.18.0.64", v6: "fc00::100" });

test("the bridge has the first address of both ranges", () => {
  expect(plan.bridge).toEqual({ v4: "10.18.0.65", v6: "fc00::101" });
  expect(plan.prefixes).toEqual({ v4: "10.18.0.64/26", v6: "fc00::100/120" });
});

test("a workload's address leads back to its number", () => {
  for (let index = 0; index < plan.size; index += 1) {
    expect(plan.indexOf(plan.workload(index).v4)).toBe(index);
  }
});

test("neither the bridge nor another worker's address is a workload's", () => {
  const others = ["10.18.0.65", "10.18.0.64", "10.18.0.127", "10.18.0.2", "fc00::102", "x"];
  expect(others.map((address) => plan.indexOf(address))).toEqual(others.map(() => undefined));
});

test("the MAC says whose device it is", () => {
  expect(macOf("tunnel", "10.18.0.64")).toBe("02:00:0a:12:00:40");
  expect(macOf("bridge", "10.18.0.64")).toBe("02:01:0a:12:00:40");
});

test("the name of a port fits into the kernel's 15 characters and tells the address", () => {
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((o) => o.join("."));
  fc.assert(
    fc.property(v4, (address) => {
      const name = portName("oakport", address);
      expect(name.length).toBeLessThanOrEqual(15);
      expect(addressOfPort("oakport", name)).toBe(address);
    }),
  );
});

test("a foreign interface is no port", () => {
  const names = ["eth0", "oak", "oakdeadbee", "oakdeadbeef0", "OAKdeadbeef", "docker0"];
  expect(names.map((name) => addressOfPort("oak", name))).toEqual(names.map(() => undefined));
});

test("what is no address is refused", () => {
  expect(() => planSubnet({ v4: "10.18.0", v6: "fc00::" })).toThrow(RangeError);
});
