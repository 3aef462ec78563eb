import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import {
  aContext,
  anInstance,
  anIntent,
  aSeen,
  assigned,
  fence,
  pair,
  releasing,
  unwanted,
  workerA,
  workerB,
} from "../../test/instance-builders.ts";
import type { Evidence } from "./evidence.ts";
import { planInstance } from "./plan-instance.ts";

const sentNow = { sentAgoS: 0.5, sendingForS: 0.5 };
const released: Evidence = { kind: "released", child: workerA, ...pair };

type Case = [title: string, Instance, Evidence[], Parameters<typeof aContext>[0], object];

const unplacedCases: Case[] = [
  ["a wanted instance is placed", anInstance(), [], {}, { do: "place" }],
  ["not while the gate is closed", anInstance(), [], { isGateOpen: false }, { do: "rest" }],
  ["not before its pause ends", anInstance({ retry_at: 201 }), [], {}, { do: "rest", untilS: 201 }],
  ["unless the clock was set back", anInstance({ retry_at: 3800 }), [], {}, { do: "place" }],
  ["an unwanted one is closed", anInstance({ intent: unwanted }), [], {}, { do: "close" }],
  [
    "an unwanted one with a copy that may run is not said to be over",
    anInstance({ intent: unwanted, fenced: [fence] }),
    [],
    { worker: "lost" },
    { do: "rest" },
  ],
  [
    "one that has done its work is not placed again",
    anInstance({ reason: "completed" }),
    [],
    {},
    { do: "close", reason: "completed" },
  ],
  [
    "the original that came back is adopted, under a pair above it",
    anInstance({ fenced: [fence] }),
    [{ kind: "survivor", isHealthy: true, child: workerB, epoch: 1, placement: 4 }],
    {},
    { do: "adopt", child: workerB, above: { epoch: 1, placement: 4 } },
  ],
  [
    "a broken original is not",
    anInstance({ fenced: [fence] }),
    [{ kind: "survivor", isHealthy: false, child: workerB, epoch: 1, placement: 4 }],
    {},
    { do: "place" },
  ],
  [
    "a copy under numbers that this database has forgotten is adopted",
    anInstance(),
    [{ kind: "higher", child: workerB, epoch: 1, placement: 9 }],
    { isGateOpen: false },
    { do: "adopt", child: workerB },
  ],
];

const assignedCases: Case[] = [
  ["a deploy that never went out goes out", assigned(), [], {}, { do: "send_deploy" }],
  [
    "an unanswered one goes out again after its pause",
    assigned(),
    [],
    { sentAgoS: 2, sendingForS: 4 },
    { do: "send_deploy" },
  ],
  ["and rests until then", assigned(), [], sentNow, { do: "rest", untilS: 201.5 }],
  [
    "a living worker that never answers loses it",
    assigned(),
    [],
    { sentAgoS: 1, sendingForS: 15.1 },
    { do: "release", reason: "not_acknowledged", exclude: true },
  ],
  [
    "a process that has just started asks first, however old the assignment",
    assigned({ phase_since: -9999 }),
    [],
    {},
    { do: "send_deploy" },
  ],
  [
    "nothing starts while an old database is learning",
    assigned(),
    [],
    { isLearning: true },
    { do: "rest" },
  ],
  ["what runs is left alone", assigned({ seen: aSeen() }), [], {}, { do: "rest" }],
  [
    "what is not wanted any more is released",
    assigned({ intent: unwanted, seen: aSeen() }),
    [],
    {},
    { do: "release", reason: "deleted" },
  ],
  [
    "another revision of the service releases the old one",
    assigned({ intent: anIntent({ spec_rev: 2 }), seen: aSeen() }),
    [],
    {},
    { do: "release", reason: "spec_changed" },
  ],
  [
    "a higher epoch of the root adopts the copy that runs",
    assigned({ intent: anIntent({ epoch: 2 }), seen: aSeen() }),
    [],
    {},
    { do: "adopt", child: workerA, above: pair },
  ],
  [
    "but not before the workers were heard: the root may mean a later placement",
    assigned({ intent: anIntent({ epoch: 2 }), seen: aSeen() }),
    [],
    { isGateOpen: false },
    { do: "rest" },
  ],
  [
    "a silent worker is replaced",
    assigned({ seen: aSeen() }),
    [],
    { worker: "lost" },
    { do: "fence", reason: "child_lost" },
  ],
  [
    "unless it is to be kept",
    assigned({ seen: aSeen() }),
    [],
    { worker: "lost", onSilence: "keep" },
    { do: "rest" },
  ],
  [
    "an exclusive one waits until the copy must have been stopped",
    assigned({ seen: aSeen() }),
    [],
    { worker: "lost", onSilence: "exclusive", silentForS: 14 },
    { do: "rest", untilS: 201 },
  ],
  [
    "and is replaced then",
    assigned({ seen: aSeen() }),
    [],
    { worker: "lost", onSilence: "exclusive", silentForS: 15 },
    { do: "fence", reason: "child_lost" },
  ],
  [
    "one that is being released elsewhere is kept as well",
    assigned({ phase: "releasing", seen: aSeen() }),
    [],
    { worker: "lost", onSilence: "keep" },
    { do: "rest" },
  ],
  [
    "a dead agent is not a dead worker",
    assigned({ seen: aSeen() }),
    [],
    { worker: "agent_lost" },
    { do: "rest" },
  ],
  [
    "a worker that was taken out ran it for the last time",
    assigned({ seen: aSeen() }),
    [],
    { worker: "removed" },
    { do: "clear", outcome: "unplaced", reason: "child_removed" },
  ],
  [
    "a workload that failed for good goes elsewhere",
    assigned({ seen: aSeen({ status: "FAILED" }) }),
    [],
    {},
    { do: "release", reason: "workload_failed", exclude: true },
  ],
  [
    "one for which its worker had no address left goes elsewhere as well",
    assigned({ seen: aSeen({ status: "FAILED", reason: "network_full" }) }),
    [],
    {},
    { do: "release", reason: "worker_full", exclude: true },
  ],
  [
    "one that completed is released for good",
    assigned({ seen: aSeen({ status: "COMPLETED" }) }),
    [],
    {},
    { do: "release", reason: "completed", exclude: false },
  ],
  [
    "one that is being made is waited for",
    assigned({ seen: aSeen({ status: "CREATING" }) }),
    [],
    {},
    { do: "rest", untilS: 700.001 },
  ],
  [
    "but not for ever",
    assigned({ seen: aSeen({ status: "CREATING" }) }),
    [],
    { nowS: 701 },
    { do: "release", reason: "stuck", exclude: true },
  ],
  [
    "a word under an older pair is no answer",
    assigned({ seen: aSeen({ placement: 4 }) }),
    [],
    sentNow,
    { do: "rest", untilS: 201.5 },
  ],
  [
    "the same worker under a higher pair goes on under one above that",
    assigned({ seen: aSeen() }),
    [{ kind: "higher", child: workerA, epoch: 1, placement: 9 }],
    {},
    { do: "adopt", child: workerA, above: { epoch: 1, placement: 9 } },
  ],
  [
    "a later placement elsewhere counts, and ours is given up",
    assigned({ seen: aSeen() }),
    [{ kind: "higher", child: workerB, epoch: 1, placement: 9 }],
    {},
    { do: "fence", reason: "adopted" },
  ],
  [
    "so does a pair that was given twice",
    assigned({ seen: aSeen() }),
    [{ kind: "higher", child: workerB, ...pair }],
    {},
    { do: "fence", reason: "adopted" },
  ],
];

const releasingCases: Case[] = [
  ["a delete that never went out goes out", releasing(), [], {}, { do: "send_delete" }],
  [
    "a later placement at the same worker is taken over, since it would not end for an earlier one",
    releasing(),
    [{ kind: "higher", child: workerA, epoch: 1, placement: 9 }],
    {},
    { do: "adopt", child: workerA, above: { epoch: 1, placement: 9 } },
  ],
  ["and rests until its pause is over", releasing(), [], sentNow, { do: "rest", untilS: 201.5 }],
  ["a confirmation closes it", releasing(), [released], {}, { do: "clear", outcome: "closed" }],
  [
    "the worker's last word does, too",
    releasing({ seen: aSeen({ status: "UNDEPLOYED", released: true }) }),
    [],
    {},
    { do: "clear", outcome: "closed" },
  ],
  [
    "absence from an inventory that is recent enough does, too",
    releasing(),
    [{ kind: "absent", child: workerA, want_rev: 7 }],
    {},
    { do: "clear", outcome: "closed" },
  ],
  [
    "absence from an older one does not",
    releasing(),
    [{ kind: "absent", child: workerA, want_rev: 6 }],
    {},
    { do: "send_delete" },
  ],
  [
    "neither does a confirmation of an older pair, or from elsewhere",
    releasing(),
    [
      { ...released, placement: 4 },
      { ...released, child: workerB },
    ],
    {},
    { do: "send_delete" },
  ],
  [
    "one that is wanted again is placed anew, elsewhere first if it failed",
    releasing({ intent: anIntent(), reason: "workload_failed" }),
    [released],
    {},
    { do: "clear", outcome: "unplaced", exclude: true },
  ],
  [
    "a silent worker is fenced if the instance is still wanted",
    releasing({ intent: anIntent(), reason: "stuck" }),
    [],
    { worker: "lost" },
    { do: "fence", reason: "child_lost" },
  ],
  [
    "a later placement elsewhere is taken up at once when the instance is still wanted",
    releasing({ intent: anIntent(), reason: "workload_failed" }),
    [{ kind: "higher", child: workerB, ...pair }],
    {},
    { do: "fence", reason: "adopted" },
  ],
  [
    "and waited for if it is not",
    releasing(),
    [],
    { worker: "lost", ...sentNow },
    { do: "rest", untilS: 201.5 },
  ],
];

const otherCases: Case[] = [
  [
    "a fence ends when its copy is confirmed gone",
    assigned({ seen: aSeen(), fenced: [fence] }),
    [{ kind: "released", child: workerB, epoch: 1, placement: 4 }],
    {},
    { do: "unfence", copies: [fence] },
  ],
  [
    "or its worker was taken out",
    anInstance({ fenced: [fence] }),
    [],
    { worker: "removed" },
    { do: "unfence", copies: [fence] },
  ],
  [
    "but not by an inventory from before it",
    assigned({ seen: aSeen(), fenced: [fence] }),
    [{ kind: "absent", child: workerB, want_rev: 5 }],
    {},
    { do: "rest" },
  ],
  ["a closed one is remembered", anInstance({ phase: "closed" }), [], {}, { do: "rest" }],
  [
    "until the root cannot speak of it any more",
    anInstance({ phase: "closed" }),
    [],
    { isSettledAbove: true },
    { do: "forget" },
  ],
];

const cases = [...unplacedCases, ...assignedCases, ...releasingCases, ...otherCases];

test.each(cases)("%s", (...[, instance, evidence, context, step]) => {
  expect(planInstance(instance, evidence, aContext(context))).toMatchObject(step);
});
