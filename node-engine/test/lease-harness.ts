import type { NamedCopy } from "@oak/contracts";
import { expect } from "vitest";
import { type AssignmentOverrides, aJobId } from "./builders.ts";
import { type EngineHarness, startEngine } from "./engine-harness.ts";

/** Of the instance that is exclusive. */
export const key = `${aJobId}/0` as const;
export const ttlMs = 10_000;
/** When the kill begins after the last heartbeat that was answered. */
export const endMs = 8_000;
export const exclusive: AssignmentOverrides = { exclusive_ttl_s: ttlMs / 1_000 };
export const copy: NamedCopy = { job_id: aJobId, instance_number: 0, epoch: 1, placement: 1 };

/** A worker and its cluster, as far as heartbeats go. */
export async function startWorker(...args: Parameters<typeof startEngine>) {
  const worker = await startEngine(...args);
  let seq = 0;
  const send = (): number => {
    seq += 1;
    worker.engine().leases.sending({ session: 1, seq });
    return seq;
  };
  const answer = (to: number, copies: NamedCopy[] = [copy]) =>
    worker.engine().leases.heard({ session: 1, seq: to, copies });
  const beat = async (copies?: NamedCopy[]): Promise<void> => {
    answer(send(), copies);
    await worker.clock.settle();
  };
  const status = () => {
    const held = worker.engine().get(key);
    return `${held?.status} ${held?.status_detail}`.trim();
  };
  return { ...worker, send, answer, beat, status };
}

/** With the exclusive instance, which was named once. */
export async function startRunning(...args: Parameters<typeof startEngine>) {
  const worker = await startWorker(...args);
  await worker.deploy(exclusive);
  await worker.beat();
  expect(worker.running()).toHaveLength(1);
  return worker;
}

/** What the machine has, and since when it runs. */
export const runsOf = ({ machine }: EngineHarness) =>
  [...machine.workloads.values()].map(({ state, startedAtMs }) => ({ state, startedAtMs }));
