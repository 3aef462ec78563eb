import { expect, test } from "vitest";
import { addressValue } from "./address.ts";
import { isInSubnetOf, workerAddresses } from "./worker-subnet.ts";

test("a /26 has a bridge and 61 workloads", () => {
  const { bridge, subnet, size, workload } = workerAddresses({
    family: 4,
    value: addressValue("10.18.30.64"),
  });
  expect({ bridge, subnet, size }).toEqual({
    bridge: "10.18.30.65",
    subnet: "10.18.30.64/26",
    size: 61,
  });
  expect([workload(0), workload(60)]).toEqual(["10.18.30.66", "10.18.30.126"]);
  expect(() => workload(61)).toThrow(RangeError);
});

test("the /120 beside it is used as far as the /26 goes", () => {
  const six = workerAddresses({ family: 6, value: addressValue("fc00::100") });
  expect([six.subnet, six.bridge, six.workload(0)]).toEqual([
    "fc00::100/120",
    "fc00::101",
    "fc00::102",
  ]);
});

test.each([
  ["10.18.0.64", "10.18.0.64", true],
  ["10.18.0.64", "10.18.0.127", true],
  ["10.18.0.64", "10.18.0.128", false],
  ["10.18.0.64", "10.18.0.63", false],
  ["fc00::100", "FC00:0::1ff", true],
  ["fc00::100", "fc00::200", false],
  ["fc00::100", "10.18.0.64", false],
  ["10.18.0.64", "nowhere", false],
])("in the subnet of %s is %s: %s", (base, address, isInside) => {
  expect(isInSubnetOf(base, address)).toBe(isInside);
});
