import { expect, test } from "vitest";
import { anApplication, anSla, slaWithService } from "../../test/sla-documents.ts";
import { parseSla } from "./parse-sla.ts";
import { warningsOf } from "./sla-warnings.ts";

function warningsIn(document: object): [string, string][] {
  const parsed = parseSla(document, { mayUsePrivileged: true });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return warningsOf(parsed.sla).map(({ pointer, message }) => [pointer, message]);
}

test("a plain document has no warnings", () => {
  expect(warningsIn(anSla())).toEqual([]);
});

test.each([
  ["vcpu", "vcpus"],
  ["vgpu", "vgpus"],
  ["env", "environment"],
  ["image", "code"],
])("the misspelt key %s names %s", (key, meant) => {
  const [[pointer, message] = []] = warningsIn(slaWithService({ [key]: 1 }));
  expect(pointer).toBe(`/applications/0/microservices/0/${key}`);
  expect(message).toContain(`did you mean ${meant}?`);
});

test("unknown keys are named at every level", () => {
  const document = { ...anSla(anApplication({ colour: "red", microservices: [] })), extra: 1 };
  expect(warningsIn(document).map(([pointer]) => pointer)).toEqual([
    "/extra",
    "/applications/0/colour",
  ]);
});

test("a key that is the server's says that it is dropped", () => {
  expect(warningsIn(slaWithService({ members: [7] }))[0]?.[1]).toContain("it is dropped");
});

test("latency, geo and connectivity say that placement does not use them yet", () => {
  const warnings = warningsIn(
    slaWithService({
      constraints: [{ type: "latency" }, { type: "direct", node: "n1" }, { type: "geo" }],
      connectivity: [{ target_microservice_id: "1", con_constraints: [] }],
    }),
  );
  expect(
    warnings.map(([pointer]) => pointer.replace("/applications/0/microservices/0", "")),
  ).toEqual(["/constraints/0", "/constraints/2", "/connectivity"]);
  expect(warnings.every(([, message]) => message.includes("does not use it yet"))).toBe(true);
});

test("a constraint that says nothing is named", () => {
  const constraints = [{ type: "direct" }, { type: "clusters", allowed: [] }, { type: "addons" }];
  expect(warningsIn(slaWithService({ constraints }))).toHaveLength(3);
});
