import fc from "fast-check";
import { expect, test } from "vitest";
import { planPorts } from "./host-ports.ts";
import { readServiceName } from "./service-name.ts";
import { subnetOf } from "./subnets.ts";
import { createTenantNumbers, isAdmitted } from "./tenants.ts";

test("a namespace address is of the subnet that it lies in", () => {
  const octet = fc.nat(255);
  fc.assert(
    fc.property(fc.integer({ min: 18, max: 29 }), octet, octet, octet, (a, b, c, d) => {
      const namespace = { v4: `10.${a}.${b}.${c}`, v6: `fc00::1:${d.toString(16)}` };
      const subnet = subnetOf(namespace)!;
      expect(subnet).toEqual({ v4: `10.${a}.${b}.${c - (c % 64)}`, v6: "fc00::1:0" });
    }),
  );
});

test.each(["10.17.255.255", "10.30.0.0", "192.168.1.1"])("%s is no namespace address", (v4) => {
  expect(subnetOf({ v4, v6: "fc00::2" })).toBeUndefined();
});

test("a tenant keeps its number while it is here, and two never share one", () => {
  const anyTenant = fc.record({
    owner: fc.constantFrom("a", "b"),
    application: fc.constantFrom("x.y", "u.v"),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anyTenant, { maxLength: 4 }), { maxLength: 8 }), (rounds) => {
      const numbers = createTenantNumbers();
      let before = new Map<string, number>();
      for (const present of rounds) {
        numbers.keepOnly(present);
        const now = new Map(present.map((one) => [JSON.stringify(one), numbers.numberOf(one)]));
        expect(new Set(now.values()).size).toBe(now.size);
        for (const [key, number] of now) expect(before.get(key) ?? number).toBe(number);
        before = now;
      }
    }),
  );
});

test.each([
  ["the owner", { owner: "ann", application: "blog.x" }, true],
  ["an application that is named", { owner: "bob", application: "bank.x" }, true],
  ["another one", { owner: "bob", application: "blog.x" }, false],
  ["whose owner is not known", {}, false],
])("%s is let in or not", (_who, client, isIn) => {
  const terms = { owner: "ann", application: "shop.x", accept_from: ["bank.x"] };
  expect(isAdmitted(client, terms)).toBe(isIn);
  expect(isAdmitted(client, { ...terms, accept_from: ["*"] })).toBe(true);
  expect(isAdmitted(client, undefined)).toBe(true);
});

test("a port that was chosen is chosen again, unless somebody has it by now", () => {
  const before = [{ host: 40_000, container: 80, protocol: "tcp" as const }];
  const plan = (taken: string[]) => planPorts("0:80", { taken: new Set(taken), before });
  expect(plan([])).toEqual({ ok: true, mappings: before });
  expect(plan(["40000/tcp"])).toEqual({ ok: true, mappings: [{ ...before[0], host: 0 }] });
});

test.each([
  [
    "web.prod.shop.test.oak",
    { jobName: "shop.test.web.prod", spelt: "shop.test.web.prod", which: "RR" },
  ],
  ["12.Web.p.s.t.oak.", { jobName: "s.t.web.p", spelt: "s.t.Web.p", which: 12 }],
  ["CLOSEST.w.p.s.t.OAK", { jobName: "s.t.w.p", spelt: "s.t.w.p", which: "Closest" }],
  ["example.org", "foreign"],
  ["oak", "parent"],
  ["s.t.oak", "parent"],
  ["01.w.p.s.t.oak", "none"],
  ["w-1.p.s.t.oak", "none"],
])("%s is read", (name, read) => {
  expect(readServiceName(name)).toEqual(read);
});

test("any name is read without harm", () => {
  fc.assert(fc.property(fc.string(), (name) => void readServiceName(`${name}.oak`)));
});
