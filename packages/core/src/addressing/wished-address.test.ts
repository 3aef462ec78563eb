import { expect, test } from "vitest";
import { readWish, type WishKey } from "./wished-address.ts";

test.each<[WishKey, string, string]>([
  ["rr_ip", "10.30.0.1", "10.30.0.1"],
  ["rr_ip", "10.30.255.255", "10.30.255.255"],
  ["closest_ip", "10.30.30.31", "10.30.30.31"],
  ["rr_ip_v6", "fdff:2000::1337", "fdff:2000::1337"],
  ["rr_ip_v6", "FDFF:2000:0:0::1337", "fdff:2000::1337"],
  ["rr_ip_v6", "fdff:20ff::1", "fdff:20ff::1"],
  ["closest_ip_v6", "fdff:1000::5", "fdff:1000::5"],
])("%s may be %s, stored as %s", (key, text, address) => {
  expect(readWish(key, text)).toMatchObject({ ok: true, address });
});

test.each<[WishKey, string, string]>([
  ["rr_ip", "10.20.0.1", "is outside of the plan"],
  ["rr_ip", "173.30.0.1", "is outside of the plan"],
  ["rr_ip", "10.30.300.1", "is not an address"],
  ["rr_ip", "10.30.x.y", "is not an address"],
  ["rr_ip", "fdff:2000::1", "is outside of the plan"],
  ["rr_ip_v6", "fdff:1000::1337", "is outside of the plan"],
  ["rr_ip_v6", "2001:db80::1337", "is outside of the plan"],
  ["rr_ip_v6", "fdff:2700::1", "is outside of the plan"],
  ["closest_ip_v6", "fdff:2000::1", "is outside of the plan"],
])("%s may not be %s: it %s", (key, text, message) => {
  expect(readWish(key, text)).toMatchObject({ ok: false, message });
});
