import { expect, test } from "vitest";
import { planMtu } from "./environment-mtu.ts";

test("a packet in the tunnel fits into one of the underlay", () => {
  expect(planMtu({ mtu: 1500, family: 4 })).toBe(1450);
  expect(planMtu({ mtu: 1500, family: 6 })).toBe(1430);
});

test("a wish overrides what was worked out, and 0 is none", () => {
  expect(planMtu({ mtu: 1500, family: 4 }, 1200)).toBe(1200);
  expect(planMtu({ mtu: 1500, family: 4 }, 0)).toBe(1450);
});

test("loopback's MTU stays within what a bridge can have", () => {
  expect(planMtu({ mtu: 65_536, family: 4 }, 70_000)).toBe(65_535);
});
