import type { TableService } from "@oak/contracts";
import { expect, test } from "vitest";
import type { LocalFacts } from "../domain/local-table.ts";
import { createWorkerTeller } from "./tell-workers.ts";

const name = "app.ns.svc.ns";

function scene() {
  const told: unknown[] = [];
  const state: { isReady: boolean; upSinceMs: number | undefined } = {
    isReady: true,
    upSinceMs: 1,
  };
  const service = {
    ...{ _id: "a".repeat(24), job_name: name, instance_list: [], service_ip_list: [] },
  } as unknown as TableService;
  const teller = createWorkerTeller({
    services: { named: (job) => (job === name ? { service } : undefined) as never },
    facts: () => ({ clusterId: "c", recordsOf: () => [] }) as unknown as LocalFacts,
    workers: {
      publish: (_topic: string, update: unknown) => told.push(update),
      upSinceMs: () => state.upSinceMs,
    } as never,
    isReady: () => state.isReady,
  });
  return { teller, told, state };
}

test("what is as it was told is not told again", () => {
  const { teller, told } = scene();
  teller.tell(name, "DEPLOYMENT");
  teller.tell(name, "DEPLOYMENT");
  expect(told).toEqual([expect.objectContaining({ type: "DEPLOYMENT", table: expect.anything() })]);
});

test.each([
  ["before everything was read", { isReady: false }],
  ["without a connection", { upSinceMs: undefined }],
])("%s nothing is told, and all of it afterwards", (_when, hindrance) => {
  const { teller, told, state } = scene();
  Object.assign(state, hindrance);
  teller.tell(name, "DEPLOYMENT");
  teller.tidy();
  expect(told).toEqual([]);
  Object.assign(state, { isReady: true, upSinceMs: 2 });
  teller.tidy();
  expect(told).toHaveLength(1);
});
