import { instanceKey } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromLabels, LABELS, toLabels } from "./labels.ts";

const anyIdentity = fc
  .record({
    jobId: fc.string({
      unit: fc.constantFrom(..."0123456789abcdef"),
      minLength: 24,
      maxLength: 24,
    }),
    jobName: fc.string(),
    instanceNumber: fc.nat(),
    pair: fc.record({ epoch: fc.maxSafeNat(), placement: fc.maxSafeNat() }),
    specHash: fc.string(),
  })
  .map((identity) => ({ ...identity, key: instanceKey(identity.jobId, identity.instanceNumber) }));

test("an identity survives its labels", () => {
  fc.assert(
    fc.property(anyIdentity, (identity) => {
      expect(fromLabels(toLabels(identity, "engine"))).toEqual(identity);
    }),
  );
});

test("labels that are not whole, or no numbers, are no identity", () => {
  fc.assert(
    fc.property(anyIdentity, fc.constantFrom(...Object.values(LABELS)), (identity, label) => {
      const { [label]: _, ...labels } = toLabels(identity, "engine");
      const isNeeded = label !== LABELS.engineId && label !== LABELS.taskId;
      expect(fromLabels(labels) === undefined).toBe(isNeeded);
    }),
  );
  expect(fromLabels({})).toBeUndefined();
});
