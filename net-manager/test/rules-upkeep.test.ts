import { expect } from "vitest";
import type { Agent } from "./rules-bed.ts";
import { program, RR, shareRulesScene, test } from "./rules-scene.ts";

const scene = shareRulesScene();

test.each([
  ["the ruleset is flushed", ["flush", "ruleset"]],
  ["the table is deleted", ["delete", "table", "inet", "oak"]],
  ["a chain is flushed", ["flush", "chain", "inet", "oak", "forward"]],
  ["the guard of the ports is deleted", ["delete", "table", "bridge", "oak"]],
  ["an element is removed", ["delete", "element", "inet", "oak", "known4", `{ ${RR.v4} }`]],
])("when %s, all comes back within a second or so", async (_, command) => {
  scene.rules.setService(program(scene.servers));
  await expect
    .poll(() => scene.bed.nft("list", "set", "inet", "oak", "leased4"), { timeout: 4000 })
    .not.toContain("10.18.0.3");
  scene.rules.renewLeases([scene.client], 60_000);
  const before = state();
  scene.bed.nft(...command);
  expect(state()).not.toBe(before);
  await expect.poll(state, { timeout: 10_000, interval: 250 }).toBe(before);
  expect((await scene.client.ask(RR.v4, 80)).server).toMatch(/^s/);
});

test("a service that is told while the table is away is there afterwards", async () => {
  scene.rules.removeService("server");
  scene.bed.nft("delete", "table", "inet", "oak");
  scene.rules.setService(program(scene.servers));
  await expect
    .poll(async () => (await scene.client.ask(RR.v4, 80, { timeoutMs: 200 })).server, {
      timeout: 3000,
    })
    .toMatch(/^s/);
});

test("a successor keeps what stands, and drops what nobody confirms", async () => {
  const [first] = scene.servers as [Agent];
  scene.rules.setService(program([first]));
  scene.rules.setService(
    program([], { name: "gone", routes: [{ address: "10.30.0.77", targets: [first.v4] }] }),
  );
  await scene.client.ask(RR.v4, 80, { hold: "across" });
  await scene.replaceRules();
  expect((await scene.client.ask(RR.v4, 80)).server).toBe("s3");
  expect((await scene.client.again("across")).server).toBe("s3");
  scene.tellWorkloads();
  scene.rules.setService(program([first]));
  expect(scene.bed.nft("list", "map", "inet", "oak", "single4")).toContain("10.30.0.77");
  scene.rules.settled();
  await expect
    .poll(() => scene.bed.nft("list", "map", "inet", "oak", "single4"))
    .not.toContain("10.30.0.77");
  expect((await scene.client.again("across")).server).toBe("s3");
  expect((await scene.client.ask(RR.v4, 80)).server).toBe("s3");
});

test("nothing is left after uninstall", async () => {
  await scene.rules.uninstall();
  expect(scene.bed.nft("list", "ruleset")).toBe("");
});

/** What was told of the tables, and leases: no counters, no times. */
function state(): string {
  const sets = [
    "leased4",
    "leased6",
    "known4",
    "single4",
    "slots6",
    "admitted4",
    "tenant6",
    "instance4",
  ];
  const told = [
    ...["inet", "bridge"].map((family) => ["-s", "-t", "list", "table", family, "oak"]),
    ...["set", "map"].flatMap((kind) =>
      sets.map((name) => ["-s", "list", kind, "inet", "oak", name]),
    ),
    ["-s", "list", "set", "bridge", "oak", "senders4"],
  ].map(listing);
  return told
    .map((text) =>
      text
        .replaceAll(/ timeout [0-9a-z]+/g, "")
        .match(/[^\s,{}]+/g)
        ?.sort()
        .join(" "),
    )
    .join("\n");
}

function listing(args: string[]): string {
  try {
    return scene.bed.nft(...args);
  } catch {
    return "missing";
  }
}
