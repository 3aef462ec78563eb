import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import {
  aContext,
  aMove,
  anInstance,
  anIntent,
  aSeen,
  assigned,
  aWish,
  unwanted,
  workerA,
  workerB,
} from "../../test/instance-builders.ts";
import type { Evidence } from "./evidence.ts";
import { planInstance } from "./plan-instance.ts";

const wished = anIntent({ move: aWish });
const seen = aSeen();
const running = assigned({ intent: wished, seen });
const moving = assigned({ intent: wished, seen, move: aMove });
const arrived = aSeen({ placement: 6 });
const left = { child: workerA, epoch: 1, placement: 5, want_rev: 7, ends_at: 230 };
const moved = anInstance({
  ...{ phase: "assigned", child: workerB, placement: 6, seen: arrived, intent: wished },
  ...{ move: { ...aMove, child: null }, fenced: [left] },
});
const named = { ...moved, fenced: [{ ...left, named: true }] };
const word = (status: string): Evidence =>
  ({ kind: "moving", child: workerB, epoch: 1, placement: 6, status, detail: "why" }) as Evidence;
const lost = (child: string) => ({
  livenessOf: (id: string) => (id === child ? ("lost" as const) : ("alive" as const)),
});
const sent = { moveSent: { agoS: 0.5, sendingForS: 0.5 } };
const endMove = { do: "end_move" };
const switchCopy = { do: "switch_copy", isGone: false };

type Case = [title: string, Instance, Evidence[], Parameters<typeof aContext>[0], object];

const beginning: Case[] = [
  ["a wish to move a running instance is begun", running, [], {}, { do: "begin_move" }],
  [
    "not before the workers were heard",
    running,
    [],
    { isGateOpen: false },
    { do: "rest", untilS: 200.25 },
  ],
  [
    "a wish that was answered is not begun again",
    { ...running, move: { ...aMove, child: null } },
    [],
    {},
    { do: "rest" },
  ],
  [
    "an instance that comes up moves later",
    assigned({ intent: wished, seen: aSeen({ status: "CREATING", at: 199 }) }),
    [],
    {},
    { do: "rest" },
  ],
  ["one that has no place is not moved", anInstance({ intent: wished }), [], {}, endMove],
  [
    "one on a silent worker is not moved",
    running,
    [],
    { ...lost(workerA), onSilence: "keep" },
    endMove,
  ],
];

const underWay: Case[] = [
  ["the new worker is told", moving, [], {}, { do: "send_move" }],
  [
    "again after a while",
    moving,
    [],
    { moveSent: { agoS: 3, sendingForS: 3 } },
    { do: "send_move" },
  ],
  ["not at once", moving, [], sent, { do: "rest", untilS: 201.5 }],
  [
    "a worker that does not confirm keeps nobody waiting",
    moving,
    [],
    { moveSent: { agoS: 1, sendingForS: 16 } },
    endMove,
  ],
  ["what the second copy says is noted", moving, [word("CREATING")], sent, { do: "note_move" }],
  [
    "a second copy that fails ends the move",
    moving,
    [word("FAILED")],
    sent,
    { ...endMove, detail: "why" },
  ],
  [
    "and so does one that makes no progress",
    { ...moving, move: { ...aMove, status: "CREATED" } },
    [],
    { ...sent, nowS: 230 },
    endMove,
  ],
  ["or whose worker falls silent", moving, [], { ...sent, ...lost(workerB) }, endMove],
  [
    "or whose worker gives it back",
    moving,
    [{ kind: "released", child: workerB, epoch: 1, placement: 6 }],
    sent,
    endMove,
  ],
  [
    "or when another wish has come",
    { ...moving, intent: anIntent({ move: { ...aWish, id: 2 } }) },
    [],
    sent,
    endMove,
  ],
  ["or when the instance is deleted", { ...moving, intent: unwanted }, [], sent, endMove],
  ["once it runs the second copy counts", { ...moving, seen: arrived }, [], {}, switchCopy],
  [
    "unless the instance is deleted",
    { ...moving, seen: arrived, intent: unwanted },
    [],
    {},
    endMove,
  ],
  [
    "a second copy that fails right after its start is given up",
    { ...moving, seen: { ...arrived, status: "FAILED" } },
    [],
    {},
    endMove,
  ],
  [
    "and the first one goes on under numbers above it",
    { ...moving, seen: { ...arrived, status: "FAILED" }, move: { ...aMove, child: null } },
    [],
    {},
    { do: "adopt", child: workerA },
  ],
  [
    "a first copy that is lost leaves its place to the second one",
    moving,
    [],
    lost(workerA),
    switchCopy,
  ],
  ["also when it fails", { ...moving, seen: aSeen({ status: "FAILED" }) }, [], {}, switchCopy],
  [
    "or was given back, and then nothing is left of it",
    { ...moving, seen: aSeen({ status: "UNDEPLOYED", released: true }) },
    [],
    {},
    { do: "switch_copy", isGone: true },
  ],
  [
    "to be kept is what its worker has, silent or not",
    moving,
    [],
    { ...sent, ...lost(workerA), onSilence: "keep" },
    { do: "rest" },
  ],
];

const drained: Case[] = [
  ["a copy that was left may end its connections", moved, [], {}, { do: "rest", untilS: 230 }],
  [
    "when none is open any more its end is counted at once",
    moved,
    [{ kind: "idle", child: workerA, epoch: 1, placement: 5 }],
    {},
    { do: "name_copy", copy: left },
  ],
  [
    "what was idle under other numbers was another copy",
    moved,
    [
      { kind: "idle", child: workerA, epoch: 1, placement: 4 },
      { kind: "idle", child: workerB, epoch: 1, placement: 5 },
    ],
    {},
    { do: "rest", untilS: 230 },
  ],
  ["then its end is counted", moved, [], { nowS: 230 }, { do: "name_copy", copy: left }],
  ["and its worker is told", named, [], { nowS: 230 }, { do: "stop_copy" }],
  [
    "again until it confirms",
    named,
    [],
    { nowS: 231, stopSentAgoS: () => 1 },
    { do: "rest", untilS: 232 },
  ],
  [
    "before that an inventory without it may be late",
    moved,
    [{ kind: "absent", child: workerA, want_rev: 7 }],
    {},
    { do: "rest" },
  ],
  [
    "its end frees its room",
    moved,
    [{ kind: "released", child: workerA, epoch: 1, placement: 5 }],
    {},
    { do: "unfence" },
  ],
  [
    "it takes over again when its successor is lost",
    { ...moved, phase: "unplaced", child: null },
    [],
    {},
    { do: "adopt", child: workerA },
  ],
  [
    "but not when it was told to end",
    { ...moved, phase: "unplaced", child: null },
    [],
    { nowS: 231 },
    { do: "place" },
  ],
];

test.each([...beginning, ...underWay, ...drained])(
  "%s",
  (...[, instance, evidence, over, expected]) => {
    expect(planInstance(instance, evidence, aContext(over))).toMatchObject(expected);
  },
);

test("a copy that is drained ends at once with its instance", () => {
  const instance = { ...moved, phase: "releasing" as const, intent: unwanted, reason: "deleted" };
  const step = planInstance(instance, [], aContext({ sentAgoS: 1 }));
  expect(step).toEqual({ do: "name_copy", copy: left });
});
