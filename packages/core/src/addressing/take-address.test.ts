import { expect, test } from "vitest";
import { addressValue, formatAddress } from "./address.ts";
import { POOLS, type PoolName } from "./pools.ts";
import { isRecyclable, suggestAddresses, takeAddress } from "./take-address.ts";

const shown = (pool: PoolName, value: bigint): string =>
  formatAddress({ family: POOLS[pool].family, value });

/** What a pool gives, and where it stands afterwards. */
function take(pool: PoolName, next: string, free: string[] = []) {
  const taken = takeAddress(POOLS[pool], {
    next: addressValue(next),
    free: free.map(addressValue),
  });
  if (!taken.ok) return taken;
  return { address: shown(pool, taken.address), next: shown(pool, taken.state.next) };
}

test.each<[PoolName, string, string]>([
  ["service_v4", "10.30.0.0", "10.30.0.1"],
  ["service_v4", "10.30.0.253", "10.30.1.0"],
  ["service_v4", "10.30.253.252", "10.30.253.253"],
  ["subnet_v4", "10.18.0.0", "10.18.0.64"],
  ["subnet_v4", "10.18.255.192", "10.19.0.0"],
  ["subnet_v4", "10.18.254.128", "10.18.254.192"],
  ["instance_v6", "fdff::", "fdff::1"],
  ["instance_v6", "fdff::2:0:101", "fdff::2:0:102"],
  ["instance_v6", "fdff:ff:ffff:ffff:ffff:ffff:ffff:ffff", "fdff:800::"],
  ["instance_v6", "fdff:800::1", "fdff:800::2"],
  ["subnet_v6", "fc00::", "fc00::100"],
  ["subnet_v6", "fc00::7fff:ffff:ffff:ff00", "fc00:0:0:0:8000::"],
  ["subnet_v6", "fc00:0:700:1:ff05:403:2ff:ff00", "fc00:0:700:1:ff05:403:300:0"],
  ["rr_v6", "fdff:2000::", "fdff:2000::1"],
  ["closest_v6", "fdff:1000::", "fdff:1000::1"],
])("%s gives %s and stands at %s", (pool, next, after) => {
  const expected = { address: next, next: shown(pool, addressValue(after)) };
  expect(take(pool, next)).toEqual(expected);
});

test.each<[PoolName, string]>([
  ["service_v4", "10.30.253.253"],
  ["subnet_v4", "10.29.255.192"],
  ["subnet_v6", "fdfd:ffff:ffff:ffff:ffff:ffff:ffff:ff00"],
  ["instance_v6", "fdff:8ff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["rr_v6", "fdff:2000:0:ffff:ffff:ffff:ffff:ffff"],
])("%s does not give %s, its end", (pool, next) => {
  expect(take(pool, next)).toEqual({ ok: false, reason: "pool_exhausted", pool });
});

test("a pool at its end still gives what came back", () => {
  expect(take("service_v4", "10.30.253.253", ["10.30.7.7"])).toMatchObject({
    address: "10.30.7.7",
  });
});

test("what came back goes before what is fresh, the oldest first", () => {
  const taken = take("service_v4", "10.30.1.0", ["10.30.0.9", "10.30.0.3"]);
  expect(taken).toEqual({ address: "10.30.0.9", next: "10.30.1.0" });
});

test("the subnet in which older workers have their tunnel device is left out", () => {
  expect(take("subnet_v4", "10.19.1.192")).toEqual({ address: "10.19.2.0", next: "10.19.2.64" });
});

test.each<[PoolName, string, string, boolean]>([
  ["service_v4", "10.30.0.1", "10.30.0.0", true],
  ["service_v4", "10.30.1.0", "10.30.0.253", true],
  ["service_v4", "10.30.0.1", "10.29.0.0", false],
  ["service_v4", "10.30.0.11", "10.30.1.0", false],
  ["service_v4", "10.30.2.0", "10.30.0.254", false],
  ["subnet_v4", "10.20.0.64", "10.20.0.0", true],
  ["subnet_v4", "10.18.1.0", "10.18.0.128", true],
  ["subnet_v4", "10.18.1.0", "10.18.0.192", true],
  ["subnet_v4", "10.20.0.64", "10.12.0.0", false],
  ["subnet_v4", "10.20.0.64", "10.20.0.1", false],
  ["instance_v6", "fdff::1", "fdff::", true],
  ["instance_v6", "fdff::", "fdfe::", false],
  ["subnet_v6", "fc00::200", "fc00::100", true],
  ["subnet_v6", "fc00::200", "fc00:0:dead:beef:c01d:c0ff:ee00:0", false],
])("%s at %s: whether %s comes back to it is %s", (pool, next, address, expected) => {
  expect(isRecyclable(POOLS[pool], addressValue(next), addressValue(address))).toBe(expected);
});

function suggest(
  pool: PoolName,
  next: string | undefined,
  { count = 1, free = [] as string[], used = [] as string[] },
) {
  const values = suggestAddresses(
    POOLS[pool],
    { next: next === undefined ? undefined : addressValue(next), free: free.map(addressValue) },
    { count, isUsed: (value) => used.includes(shown(pool, value)) },
  );
  return values.map((value) => shown(pool, value));
}

test("suggestions begin with what came back", () => {
  expect(suggest("service_v4", "10.30.0.7", { free: ["10.30.0.1"] })).toEqual(["10.30.0.1"]);
  const two = suggest("service_v4", "10.30.0.7", { count: 2, free: ["10.30.0.1"] });
  expect(two).toEqual(["10.30.0.1", "10.30.0.7"]);
});

test("suggestions leave out what is used", () => {
  expect(suggest("service_v4", "10.30.0.1", { used: ["10.30.0.1"] })).toEqual(["10.30.0.2"]);
  expect(suggest("instance_v6", "fdff::1", { used: ["fdff::1"] })).toEqual(["fdff::2"]);
});

test("a pool at its end suggests what it has, if anything", () => {
  expect(suggest("service_v4", "10.30.253.253", {})).toEqual([]);
  const free = ["10.30.0.1", "10.30.0.2"];
  expect(suggest("service_v4", undefined, { count: 5, free })).toEqual(free);
});
