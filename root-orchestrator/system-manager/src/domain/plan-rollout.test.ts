import type { Rollout } from "@oak/contracts";
import { expect, test } from "vitest";
import { planRollout, type RolloutContext, type RolloutMember } from "./plan-rollout.ts";

const settings = { readyS: 5, deadlineS: 60, restarts: 3 };

function aRollout(extra: Partial<Rollout> = {}): Rollout {
  return {
    state: "progressing",
    revision: 2,
    from_revision: 1,
    first_number: 2,
    replicas: 2,
    max_surge: 1,
    max_unavailable: 0,
    pause_s: 0,
    reason: "",
    message: "",
    started_at: 0,
    ended_at: null,
    moved_at: 0,
    resume_at: 0,
    ...extra,
  };
}

const plan = (rollout: Rollout, members: RolloutMember[], extra: Partial<RolloutContext> = {}) =>
  planRollout(rollout, {
    target: rollout.state === "progressing" ? rollout.revision : rollout.from_revision,
    canGoBack: true,
    members,
    nowS: 10,
    watchingForS: 1000,
    settings,
    ...extra,
  });

const well = (number: number, revision: number): RolloutMember => ({
  number,
  revision,
  runningForS: 100,
});
const fault = { reason: "workload_failed", detail: "Gave up after 5 tries: it ended" };

test("what a worker says of its next try is no part of why a revision failed", () => {
  const detail = "Trying again in 1 s, try 1 of 5: The image does not exist.";
  const missing = { number: 2, revision: 2, fault: { reason: "image_not_found", detail } };
  expect(plan(aRollout(), [well(0, 1), well(1, 1), missing])).toEqual({
    do: "roll_back",
    reason: "image_not_found",
    message: "Instance 2 of revision 2 failed: The image does not exist",
  });
});

test("an instance that crashes again and again says why", () => {
  const detail = "Restarting in 2 s, try 3 of 5: The command ended with an error: exit code 1.";
  const restless = { ...well(2, 2), runningForS: 0.1, restarts: 3, detail };
  expect(plan(aRollout(), [well(0, 1), well(1, 1), restless])).toMatchObject({
    do: "roll_back",
    message:
      "Instance 2 of revision 2 was restarted 3 times: The command ended with an error: exit code 1",
  });
});

test("who made no progress tells what it waited for, and what would help", () => {
  const full = { number: 2, revision: 2, detail: "No worker has room", isRefused: true };
  const members = [well(0, 1), well(1, 1), full];
  const { message } = plan(aRollout(), members, { nowS: 61 }) as { message: string };
  expect(message).toContain("no progress for 60 s; instance 2 waits: No worker has room");
  expect(message).toContain("maxUnavailable");
});

test("an instance that had failed before the rollout is made anew and does not fail it", () => {
  const back = aRollout({ revision: 1, from_revision: 2, first_number: 3 });
  const members = [{ number: 0, revision: 1, fault }, well(1, 1), well(2, 2)];
  expect(plan(back, members)).toEqual({ do: "remove", numbers: [0] });
});

test("a revision that was on its way itself is not gone back to", () => {
  const back = aRollout({ revision: 1, from_revision: 2, from_unproven: true, first_number: 3 });
  const members = [{ number: 3, revision: 1, fault }, well(1, 1), well(2, 2)];
  const ended = plan(back, members, { canGoBack: false });
  expect(ended).toMatchObject({ do: "end", state: "failed", drop: [3] });
  expect(ended).toMatchObject({ message: expect.stringContaining("update it or go back to") });
});

test("nobody counts on an abandoned revision that runs for a moment after each crash", () => {
  const moment = { ...well(2, 2), runningForS: 0.1 };
  const fix = aRollout({ revision: 3, first_number: 3 });
  const members = [well(0, 1), well(1, 1), moment];
  expect(plan(fix, members)).toEqual({ do: "rest", untilS: 10 + 4.9 });
  // When it is down it is the first to go, and also when it runs well.
  const { runningForS: _down, ...down } = moment;
  expect(plan(fix, [well(0, 1), well(1, 1), down])).toEqual({ do: "remove", numbers: [2] });
  expect(plan(fix, [well(0, 1), well(1, 1), well(2, 2)])).toEqual({ do: "remove", numbers: [2] });
});

test("a rollout that failed both ways leaves as many as are wanted, the best of them", () => {
  const back = aRollout({ state: "rolling_back", reason: "restarts", message: "It failed" });
  const members = [{ number: 0, revision: 1 }, well(2, 2), { number: 3, revision: 1 }];
  const ended = plan(back, members, { nowS: 61, canGoBack: false });
  expect(ended).toMatchObject({ do: "end", state: "failed", reason: "restarts", drop: [3] });
  expect(ended).toMatchObject({
    message: expect.stringMatching(/^It failed\. Going back did not help: revision 1 made no/),
  });
});
