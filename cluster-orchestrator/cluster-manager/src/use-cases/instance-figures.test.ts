import type { ResourcesReport } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstance, anObservation, bookWith, jobId, workerId } from "../../test/memory-store.ts";
import type { Worker } from "../ports.ts";
import { instanceReport } from "./build-root-report.ts";
import { createInstanceFigures } from "./instance-figures.ts";

const key = `${jobId}/0`;
const worker: Worker = {
  id: workerId,
  session: 1,
  liveness: "alive",
  heardAtMs: 0,
  hasReported: true,
  isLegacy: false,
};

const report = (cpu_percent: string, seq: number, changes = {}): ResourcesReport => ({
  session: 1,
  seq,
  services: [
    { job_name: "a", instance: 0, job_id: jobId, epoch: 1, placement: 1, cpu_percent, ...changes },
  ],
});

async function withFigures(changes: Parameters<typeof anInstance>[0] = {}) {
  const book = await bookWith(anInstance({ seen: anObservation(), ...changes }));
  let nowMs = 0;
  let writes = 0;
  book.onChange(() => {
    writes += 1;
  });
  const clock = { nowMs: () => 5_000, monotonicMs: () => nowMs };
  const figures = createInstanceFigures({ book, clock });
  return {
    book,
    figures,
    writes: () => writes,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("figures reach the report to the root at once and the store every fifteen seconds", async () => {
  const { book, figures, writes, pass } = await withFigures();
  for (let second = 0; second < 16; second += 1) {
    figures.take(worker, report(`${second}`, 2 + second));
    await figures.flush();
    pass(1_000);
  }
  expect(writes()).toBe(2);
  figures.take(worker, report("99", 40));
  const instance = book.get(key);
  expect(instance?.seen?.cpu_percent).toBe("15");
  expect(instance && instanceReport(instance, { latest: figures.of(key) }).cpu_percent).toBe("99");
});

test.each([
  ["an older pair", { placement: 0 }],
  ["an unknown instance", { instance: 7 }],
  ["a copy without numbers", { epoch: undefined }],
])("figures of %s are left out", async (_case, changes) => {
  const { figures } = await withFigures();
  figures.take(worker, report("5", 2, changes));
  expect(figures.of(key)).toBeUndefined();
});

test("another worker cannot speak for it", async () => {
  const { figures } = await withFigures({ child: "bb".padEnd(24, "0") });
  figures.take(worker, report("5", 2));
  expect(figures.of(key)).toBeUndefined();
});

test("a status that is newer than the figures is not overwritten", async () => {
  const { book, figures } = await withFigures();
  figures.take(worker, report("5", 2));
  await book.observe(key, anObservation({ status: "FAILED", seq: 3 }));
  await figures.flush();
  expect(book.get(key)?.seen).toMatchObject({ status: "FAILED", seq: 3 });
});

test("figures end with their placement", async () => {
  const { book, figures } = await withFigures();
  figures.take(worker, report("5", 2));
  const instance = book.get(key);
  if (instance === undefined) throw new Error("it is there");
  await book.write(instance, { ...instance, placement: 2 });
  expect(figures.of(key)).toBeUndefined();
});
