import type { Instance, Observation } from "@oak/contracts";
import { describe, expect, test } from "vitest";
import { instanceChanges } from "./instance-changes.ts";

const garage = "65f0c0ffee65f0c0ffee65f1";
const node = "65f0c0ffee65f0c0ffee65f2";

function anInstance(extra: Partial<Instance> = {}): Instance {
  return {
    _id: "65f0c0ffee65f0c0ffee65f0/1",
    job_id: "65f0c0ffee65f0c0ffee65f0",
    instance_number: 1,
    rev: 1,
    phase: "unplaced",
    child: null,
    epoch: 0,
    placement: 0,
    spec_rev: 1,
    want_rev: 0,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "REQUESTED",
    status_detail: "",
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: 0,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...extra,
  };
}

const placed = (seen: Partial<Observation> | null = null, extra: Partial<Instance> = {}) =>
  anInstance({
    phase: "assigned",
    child: garage,
    epoch: 1,
    reason: "assigned",
    seen:
      seen === null
        ? null
        : {
            status: "RUNNING",
            status_detail: "",
            session: 1,
            seq: 1,
            epoch: 1,
            placement: 0,
            at: 0,
            worker_id: node,
            ...seen,
          },
    ...extra,
  });
const refused = (attempts: number, detail = "No worker fits") =>
  anInstance({ reason: "no_place", status_detail: detail, attempts });
const unplaced = (reason: string, status_detail = "") => anInstance({ reason, status_detail });

const told = (before: Instance | undefined, after: Instance | undefined) =>
  instanceChanges(before, after).map(({ reason, sentence }) => `${reason}: ${sentence}`);

describe("what the root decides", () => {
  test.each<[string, Instance | undefined, Instance | undefined, string[]]>([
    ["a first record", undefined, anInstance(), []],
    ["a place", anInstance(), placed(), ["placed_on_cluster: was placed in cluster {cluster}"]],
    ["no place", anInstance(), refused(1), ["no_place: finds no place: No worker fits"]],
    ["no place again", refused(2), refused(3), []],
    [
      "no place, the fourth time",
      refused(3),
      refused(4),
      ["no_place: finds no place: No worker fits"],
    ],
    [
      "no place for another cause",
      refused(2, "x"),
      refused(3, "y"),
      ["no_place: finds no place: y"],
    ],
    [
      "a hand-back",
      placed(),
      unplaced("handed_back", "No worker has 4 free cores"),
      ["handed_back: was handed back by cluster {cluster}: No worker has 4 free cores"],
    ],
    [
      "a silent cluster",
      placed(),
      unplaced("child_lost"),
      ["cluster_given_up: is placed elsewhere, since cluster {cluster} fell silent"],
    ],
    [
      "a copy that came back",
      unplaced("child_lost"),
      placed(null, { reason: "adopted" }),
      ["adopted: goes on in cluster {cluster}, where it was found"],
    ],
    [
      "a release",
      placed(),
      placed(null, { phase: "releasing" }),
      ["released: is to end in cluster {cluster}"],
    ],
    [
      "the end",
      placed(null, { phase: "releasing" }),
      anInstance({ phase: "closed", reason: "deleted" }),
      ["undeployed: has ended"],
    ],
    ["the end of what was never placed", anInstance(), undefined, ["undeployed: is gone"]],
    ["the record of what had ended", anInstance({ phase: "closed" }), undefined, []],
    [
      "the end of what had completed",
      placed({ status: "COMPLETED" }),
      anInstance({ phase: "closed", reason: "completed" }),
      [],
    ],
  ])("%s", (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

describe("what clusters report", () => {
  const running = placed({});
  test.each<[string, Instance, Instance, string[]]>([
    ["that it runs", placed(), running, ["running: runs on node {node}"]],
    ["the same again", running, placed({ seq: 2 }), []],
    ["a step on the way", placed(), placed({ status: "CREATING" }), []],
    [
      "that it failed, and why",
      running,
      placed({ status: "FAILED", status_detail: "exit code 3" }),
      ["failed: failed on node {node}: exit code 3"],
    ],
    [
      "a reason without a detail",
      running,
      placed({ status: "DEAD", reason: "gone" }),
      ["dead: ended on node {node}: gone"],
    ],
    [
      "that it completed",
      running,
      placed({ status: "COMPLETED" }),
      ["completed: has done its work on node {node}"],
    ],
    [
      "restarts",
      running,
      placed({ restarts: 2 }),
      ["restarted: was restarted on node {node}, 2 times so far"],
    ],
    [
      "a move under way",
      running,
      placed({ status_detail: "moving to w2" }),
      ["moving: is moving to w2"],
    ],
    [
      "a move that came to nothing",
      placed({ status_detail: "moving to w2" }),
      placed({ status_detail: "not moved: no room" }),
      ["not_moved: was not moved: no room"],
    ],
    [
      "a move that is done",
      running,
      placed({ worker_id: garage }),
      ["moved: runs on node {node} now"],
    ],
    [
      "that it waits for a place there",
      placed(),
      placed({ status: "NO_WORKER_CAPACITY", status_detail: "No worker has 4 free cores" }),
      ["no_place: finds no place in cluster {cluster}: No worker has 4 free cores"],
    ],
    ["of an epoch that is over", placed(), placed({ epoch: 0 }), []],
  ])("%s", (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  test("a change names the cluster and the node that it is about", () => {
    expect(instanceChanges(placed(), placed({}))[0]).toMatchObject({ cluster: garage, node });
  });
});
