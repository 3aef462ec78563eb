import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attached } from "../ports.ts";
import { createReturnRoutes } from "./tunnels-return-routes.ts";

function anInstance(number: number, peer?: string): Attached {
  return {
    instance: { v4: `10.30.0.${number}`, v6: `fdff::${number}` },
    namespace: { v4: "10.18.0.2", v6: "fc00::2" },
    ...(peer !== undefined && { peer }),
  };
}

test("only instances of other workers need a route", () => {
  const routes = createReturnRoutes();
  const { added } = routes.set({ name: "a", attached: [anInstance(1), anInstance(2, "p")] });
  expect(added).toEqual([
    ["10.30.0.2", "p"],
    ["fdff::2", "p"],
  ]);
});

test("the same again changes nothing", () => {
  const routes = createReturnRoutes();
  routes.set({ name: "a", attached: [anInstance(2, "p")] });
  expect(routes.set({ name: "a", attached: [anInstance(2, "p")] })).toEqual({
    gone: [],
    added: [],
  });
});

test("an instance that moves is replaced in place", () => {
  const routes = createReturnRoutes();
  routes.set({ name: "a", attached: [anInstance(2, "p")] });
  const change = routes.set({ name: "a", attached: [anInstance(2, "p"), anInstance(2, "q")] });
  expect(change.gone).toEqual([]);
  expect(change.added).toEqual([
    ["10.30.0.2", "q"],
    ["fdff::2", "q"],
  ]);
  expect([...routes.of("p")]).toEqual([]);
});

test("one that moves here leaves the route to the other worker", () => {
  const routes = createReturnRoutes();
  routes.set({ name: "a", attached: [anInstance(2, "p")] });
  const change = routes.set({ name: "a", attached: [anInstance(2)] });
  expect(change.gone.length).toBe(2);
  expect(routes.size()).toBe(0);
});

test("an address that was given to another service stays with that one", () => {
  const routes = createReturnRoutes();
  routes.set({ name: "a", attached: [anInstance(2, "p")] });
  routes.set({ name: "b", attached: [anInstance(2, "q")] });
  expect(routes.remove("a").gone).toEqual([]);
  expect(routes.peerOf("10.30.0.2")).toBe("q");
});

test("whatever is told in whatever order, the changes add up to what stands", () => {
  const program = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    attached: fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(undefined, "p", "q"))
        .map(([number, peer]) => anInstance(number, peer)),
      { maxLength: 4 },
    ),
  });
  fc.assert(
    fc.property(fc.array(program, { maxLength: 12 }), (programs) => {
      const routes = createReturnRoutes();
      const kernel = new Map<string, string>();
      for (const next of programs) {
        const { gone, added } = routes.set(next);
        for (const [address] of gone) kernel.delete(address);
        for (const [address, peer] of added) kernel.set(address, peer);
      }
      expect([...kernel].sort()).toEqual([...routes.all()].map((path) => [...path]).sort());
      for (const [address, peer] of kernel) expect([...routes.of(peer)]).toContain(address);
    }),
  );
});
