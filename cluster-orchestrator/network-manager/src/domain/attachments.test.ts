import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import type { AttachmentRecord } from "../ports.ts";
import { isLeftOver } from "./attachments.ts";

const at = (worker_id: string, placement: number) =>
  ({ worker_id, epoch: 1, placement }) as AttachmentRecord;
const record = (changes: Partial<Instance> = {}) =>
  ({ child: "w2", epoch: 1, placement: 6, fenced: [], ...changes }) as unknown as Instance;
const left = { child: "w1", epoch: 1, placement: 5, want_rev: 1, ends_at: 9 };
const givenUp = { child: null, epoch: 1, placement: 7 } as Instance["move"] & object;

test.each<[title: string, Instance | undefined, AttachmentRecord, isOver: boolean]>([
  ["of the present copy stays", record(), at("w2", 6), false],
  ["of a copy that is to come stays", record(), at("w3", 7), false],
  ["of an earlier copy goes", record(), at("w1", 5), true],
  ["of one that is drained stays", record({ fenced: [left] }), at("w1", 5), false],
  [
    "of one that was told to end goes",
    record({ fenced: [{ ...left, named: true }] }),
    at("w1", 5),
    true,
  ],
  ["of a move in vain goes", record({ move: givenUp }), at("w3", 7), true],
  ["of an instance that is gone goes", undefined, at("w2", 6), true],
])("an attachment %s", (_title, instance, attached, isOver) => {
  expect(isLeftOver(instance, attached)).toBe(isOver);
});
