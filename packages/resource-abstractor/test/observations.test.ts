import type { SeenWrite } from "@oak/contracts";
import { isNewerReport } from "@oak/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { observationSteps } from "../src/domain/observation.ts";
import { instanceWrite, newId, type Service, seen, startService } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const small = fc.integer({ min: 0, max: 2 });
const order = fc.record({ epoch: small, placement: small, session: small, seq: small });

test("single reports, batches and the rule for plain data agree on what is newer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 8 }), async (orders) => {
      const [single, batch] = [`${newId()}/0`, `${newId()}/0`];
      for (const id of [single, batch]) {
        await service.call(`PUT /instances/${id}`, instanceWrite(id.slice(0, 24), 0));
      }
      const reports = orders.map((changes) => seen(changes));
      const verdicts: boolean[] = [];
      for (const report of reports) {
        const path = `PATCH /instances/${single}/seen`;
        verdicts.push((await service.call<{ stored: boolean }>(path, report)).stored);
      }
      const items = reports.map((report) => ({ _id: batch, seen: report }));
      const answer = await service.call<{ stored: boolean[] }>("POST /instances/seen", { items });
      const rule = observationSteps(new Map([[batch, null]]), items).map((s) => s !== "stale");
      expect(verdicts).toEqual(rule);
      expect(answer.stored).toEqual(rule);
    }),
    { numRuns: 25 },
  );
});

test("concurrent batches about one instance leave the newest report and say true for each stored one", async () => {
  const id = `${newId()}/0`;
  await service.call(`PUT /instances/${id}`, instanceWrite(id.slice(0, 24), 0));
  const send = async (seq: number) => {
    const items = [{ _id: id, seen: seen({ seq }) }];
    const answer = await service.call<{ stored: boolean[] }>("POST /instances/seen", { items });
    return answer.stored[0];
  };
  const verdicts = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(send));
  expect(verdicts[7]).toBe(true);
  const stored = await service.call<{ seen: { seq: number } }>(`GET /instances/${id}`);
  expect(stored.seen.seq).toBe(8);
});

test("whatever batches come at once, the newest report of each instance is stored, and its sender told so", async () => {
  const item = fc.record({ instance: fc.integer({ min: 0, max: 1 }), order });
  const batches = fc.array(fc.array(item, { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      const ids = [`${newId()}/0`, `${newId()}/0`];
      for (const id of ids) {
        await service.call(`PUT /instances/${id}`, instanceWrite(id.slice(0, 24), 0));
      }
      const told = await Promise.all(
        all.map(async (batch) => {
          const items = batch.map((one) => ({
            _id: ids[one.instance] ?? "",
            seen: seen(one.order),
          }));
          const { stored } = await service.call<{ stored: boolean[] }>("POST /instances/seen", {
            items,
          });
          return items.map((one, i) => ({ ...one, isStored: stored[i] }));
        }),
      );
      for (const id of ids) {
        const sent = told.flat().filter(({ _id }) => _id === id);
        const newest = sent.map((one) => one.seen).reduce(newerOf, undefined);
        const { seen: stored } = await service.call<{ seen: SeenWrite | null }>(
          `GET /instances/${id}`,
        );
        expect(stored ?? undefined).toEqual(newest);
        const verdicts = sent.filter((one) => isSame(one.seen, newest)).map((o) => o.isStored);
        expect(verdicts.length === 0 || verdicts.includes(true)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

function newerOf(last: SeenWrite | undefined, next: SeenWrite): SeenWrite {
  return isNewerReport(last ?? null, next) || last === undefined ? next : last;
}

function isSame(one: SeenWrite, other: SeenWrite | undefined): boolean {
  return other !== undefined && !isNewerReport(one, other) && !isNewerReport(other, one);
}
