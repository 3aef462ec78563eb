import type { Job, Rollout } from "@oak/contracts";
import { expect, test } from "vitest";
import { rolloutEvent } from "./rollout-acts.ts";

const job = { _id: "s", job_name: "a.b.c.d", applicationID: "a", owner: "eve" } as unknown as Job;
const rollout = { revision: 3, from_revision: 2 } as Rollout;

test("a revision that fails is told with the reason and with what it goes back to", () => {
  const step = { do: "roll_back", reason: "image_not_found", message: "no such image" } as const;
  expect(rolloutEvent(job, rollout, step)).toMatchObject({
    reason: "rollout_failed",
    message: "Revision 3 of a.b.c.d has failed, it goes back to revision 2: no such image",
    owner: { owner: "eve" },
  });
});

test("the end tells which revision all instances are of", () => {
  const end = { do: "end", reason: "", message: "", drop: [] } as const;
  const told = (state: "completed" | "rolled_back" | "failed") =>
    rolloutEvent(job, rollout, { ...end, state });
  expect(told("completed")?.message).toBe("All instances of a.b.c.d are of revision 3");
  expect(told("rolled_back")?.message).toBe("All instances of a.b.c.d are of revision 2");
  expect(told("failed")?.reason).toBe("rollout_failed");
});

test("what goes on in the middle is told by its instances", () => {
  expect(rolloutEvent(job, rollout, { do: "add", count: 1 })).toBeUndefined();
});
