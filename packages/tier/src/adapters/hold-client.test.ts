import type { HoldChangeOutcome } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { expect, test } from "vitest";
import { createHoldClient } from "./hold-client.ts";

const child = "aa".padEnd(24, "0");
const key = `${"5e".padEnd(24, "0")}/0`;
const need = { vcpus: 1, memory: 1, vgpus: 0, host_ports: [] };
const pair = { epoch: 1, placement: 0 };

/** A client of an abstractor that answers every item so. */
function answering(outcome: HoldChangeOutcome) {
  const client = { request: async () => ({ outcomes: [outcome] }) } as unknown as HttpClient;
  return createHoldClient(client);
}

test.each([404, 409])("%d is an answer: no room here, nothing to count", async (status) => {
  const holds = answering({ refused: "no_room", status });
  expect(await holds.hold(child, key, { need, ...pair })).toEqual({ ok: false, reason: "no_room" });
  expect(await holds.countWant(child)).toBeUndefined();
  await holds.drop(child, key, pair);
});

test("503 is a failure, of which nothing is known", async () => {
  const holds = answering({ refused: "busy", status: 503 });
  await expect(holds.hold(child, key, { need, ...pair })).rejects.toThrow("busy");
  await expect(holds.countWant(child)).rejects.toThrow("busy");
  await expect(holds.drop(child, key, pair)).rejects.toThrow("busy");
});

test("a grant tells the counter after it", async () => {
  const holds = answering({ want_rev: 7, rev: 3 });
  const granted = await holds.hold(child, key, { need, ...pair });
  expect(granted).toMatchObject({ ok: true, want_rev: 7 });
  expect(await holds.countWant(child)).toBe(7);
});

test("what is asked for reaches the abstractor as it is", async () => {
  const bodies: unknown[] = [];
  const request = async ({ body }: { body: unknown }) => {
    bodies.push(body);
    return { outcomes: [{ want_rev: 7, rev: 3 }] };
  };
  const holds = createHoldClient({ request } as unknown as HttpClient);
  await holds.hold(child, key, { need, ...pair, is_there: true });
  const item = { do: "hold", candidate_id: child, key, need, ...pair, is_there: true };
  expect(bodies).toEqual([{ items: [item] }]);
});
