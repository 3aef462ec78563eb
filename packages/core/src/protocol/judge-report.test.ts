import type { Instance } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isNewerReport,
  judgeReport,
  type ReportedCopy,
  type ReportVerdict,
} from "./judge-report.ts";

const judge = { incarnation: "ours", wantRev: 20 };

function anInstance(over: Partial<Instance> = {}): Instance {
  return {
    _id: "5e0000000000000000000000/0",
    job_id: "5e0000000000000000000000",
    instance_number: 0,
    rev: 3,
    phase: "assigned",
    child: "worker-a",
    epoch: 2,
    placement: 5,
    spec_rev: 1,
    want_rev: 7,
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "NODE_SCHEDULED",
    status_detail: "",
    reason: "assigned",
    attempts: 0,
    retry_at: 0,
    phase_since: 0,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...over,
  };
}

function aCopy(over: Partial<ReportedCopy> = {}): ReportedCopy {
  return { from: "worker-a", epoch: 2, placement: 5, incarnation: "ours", want_rev: 7, ...over };
}

const fenced = [{ child: "worker-b", epoch: 2, placement: 4, want_rev: 6 }];

test.each<[title: string, instance: Instance | undefined, copy: ReportedCopy, ReportVerdict]>([
  ["the assigned copy", anInstance(), aCopy(), "current"],
  ["the copy that is being released", anInstance({ phase: "releasing" }), aCopy(), "current"],
  ["an older pair", anInstance(), aCopy({ placement: 4 }), "superseded"],
  ["an older epoch", anInstance(), aCopy({ epoch: 1, placement: 9 }), "superseded"],
  ["the fenced copy", anInstance({ fenced }), aCopy({ from: "worker-b", placement: 4 }), "fenced"],
  [
    "the fenced copy under the pair that it had before its adoption",
    anInstance({ fenced }),
    aCopy({ from: "worker-b", placement: 3 }),
    "fenced",
  ],
  [
    "a later copy of the same child than the fenced one",
    anInstance({ fenced, placement: 6 }),
    aCopy({ from: "worker-b", placement: 5 }),
    "superseded",
  ],
  [
    "the fenced pair from somebody else",
    anInstance({ fenced }),
    aCopy({ placement: 4 }),
    "superseded",
  ],
  ["a pair that was not given yet", anInstance(), aCopy({ placement: 6 }), "parent_is_old"],
  ["a pair that was confirmed as released", anInstance({ child: null }), aCopy(), "superseded"],
  ["the pair from another worker", anInstance(), aCopy({ from: "worker-c" }), "alien"],
  ["no record, and counted by this database", undefined, aCopy(), "closed"],
  ["no record, and counted beyond it", undefined, aCopy({ want_rev: 21 }), "parent_is_old"],
  ["no record, and from another database", undefined, aCopy({ incarnation: "old" }), "orphan"],
])("%s", (_title, instance, copy, verdict) => {
  expect(judgeReport(instance, copy, judge)).toBe(verdict);
});

test("without a record, nothing that another database gave is ever told to end", () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(9), fc.nat(99), (epoch, placement, want_rev) => {
      const copy = aCopy({ epoch, placement, want_rev, incarnation: "theirs" });
      expect(judgeReport(undefined, copy, judge)).toBe("orphan");
    }),
  );
});

test("the first report is newer than none", () => {
  expect(isNewerReport(null, { epoch: 1, placement: 1, session: 1, seq: 0 })).toBe(true);
});

test.each<[title: string, next: object, isNewer: boolean]>([
  ["the next one of the session", { seq: 8 }, true],
  ["the same again", {}, false],
  ["an earlier one of the session", { seq: 6 }, false],
  ["the first one of a later session", { session: 4, seq: 0 }, true],
  ["a late one of an earlier session", { session: 2, seq: 99 }, false],
  [
    "a higher pair, whatever the session: it may be another child",
    { placement: 6, session: 1 },
    true,
  ],
  ["a lower pair of a later session", { placement: 4, session: 9 }, false],
])("%s", (_title, next, isNewer) => {
  const last = { epoch: 2, placement: 5, session: 3, seq: 7 };
  expect(isNewerReport(last, { ...last, ...next })).toBe(isNewer);
});
