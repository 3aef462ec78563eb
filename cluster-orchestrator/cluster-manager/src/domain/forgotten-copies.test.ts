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
  workerA,
  workerB,
} from "../../test/instance-builders.ts";
import type { Evidence } from "./evidence.ts";
import { planInstance } from "./plan-instance.ts";

const absent = (child: string, inDoubt: boolean): Evidence => ({
  ...{ kind: "absent", child, want_rev: 0, inDoubt },
});
const running = assigned({ seen: aSeen() });
const moving = { ...running, move: aMove };
const learning = { isLearning: true };

const cases: [string, Instance, Evidence[], object, object][] = [
  [
    "what an old database remembers and its worker has not is placed anew, since its room may be another's",
    running,
    [absent(workerA, true)],
    learning,
    { do: "clear", outcome: "unplaced", reason: "released_by_child" },
  ],
  [
    "also when it was never confirmed",
    assigned(),
    [absent(workerA, true)],
    learning,
    { do: "clear", outcome: "unplaced" },
  ],
  ["not when another worker has none", running, [absent(workerB, true)], learning, { do: "rest" }],
  [
    "nor by an account from before: a deploy may have been on its way",
    running,
    [absent(workerA, false)],
    learning,
    { do: "rest" },
  ],
  [
    "nor when the time of learning is over: then one may be on its way as well",
    running,
    [absent(workerA, true)],
    {},
    { do: "rest" },
  ],
  [
    "a second copy that only an old database remembers is given up",
    moving,
    [absent(workerB, true)],
    learning,
    { do: "end_move" },
  ],
  [
    "when the first one is forgotten as well the second one is looked at next",
    moving,
    [absent(workerA, true), absent(workerB, true)],
    learning,
    { do: "switch_copy", isGone: true },
  ],
  [
    "a second copy that may have arrived unheard is not given up for another wish",
    { ...moving, intent: anIntent({ move: { ...aWish, id: 2 } }) },
    [],
    learning,
    { do: "rest", untilS: 200.25 },
  ],
  [
    "nor because it was not heard to have come up while nobody listened",
    { ...moving, move: { ...aMove, status: "CREATED", since: 0 } },
    [],
    { isGateOpen: false },
    { do: "rest", untilS: 200.25 },
  ],
  [
    "nor is the first one taken for stuck by a word from long ago",
    assigned({ seen: aSeen({ status: "CREATED", at: 0 }) }),
    [],
    { isGateOpen: false },
    { do: "rest", untilS: 200.25 },
  ],
  [
    "one that waits for a place has nothing to lose",
    anInstance(),
    [absent(workerA, true)],
    learning,
    { do: "place" },
  ],
];

test.each(cases)("%s", (...[, instance, evidence, context, step]) => {
  expect(planInstance(instance, evidence, aContext(context))).toMatchObject(step);
});
