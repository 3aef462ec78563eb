import type { ClusterReport, Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import { isWholeAccount, type ReportDeps, takeClusterReport } from "./take-cluster-report.ts";

const cluster = { id: "c".repeat(24), session: 1 };
const service = "a".repeat(24);

interface SetUp {
  base?: number;
  held?: Partial<Instance>[];
  known?: Partial<Instance>;
}

function setUp({ base = 0, held = [], known }: SetUp = {}) {
  const kicks: [string, unknown][] = [];
  const renewals: string[] = [];
  const deps = {
    book: { get: () => known && { placement: 0, fenced: [], ...known }, of: () => held },
    jobs: { get: () => ({ next_instance_progressive_number: 3 }) },
    tier: { current: () => ({ incarnation: "now", base }) },
    ledger: { counted: () => 9, settled: () => 9 },
    orphans: new Map(),
    log: { error: () => undefined },
    kick: (key: string, fact: unknown) => kicks.push([key, fact]),
    onParentIsOld: async () => void renewals.push("lifted"),
  };
  return { deps: deps as unknown as ReportDeps, kicks, renewals, orphans: deps.orphans };
}

const listed = (orphans: ReportDeps["orphans"]) =>
  [...orphans.values()].map(({ cluster_id, key }) => [cluster_id, key]);

function aReport(
  over: Partial<ClusterReport>,
  instance_number?: number,
  state: object = {},
): ClusterReport {
  const numbers = { epoch: 2, placement: 0, want_rev: 4, released: false, incarnation: "later" };
  const item = { instance_number, status: "RUNNING", status_detail: "", ...numbers, ...state };
  const jobs =
    instance_number === undefined
      ? []
      : [{ _id: service, job_name: "a.b.c.d", instance_list: [item] }];
  const report = { session: 1, seq: 1, incarnation: "now", want_rev: 6, full: true, jobs, ...over };
  return report as unknown as ClusterReport;
}

test("a number of a service that was not given here shows a database that is old", async () => {
  const { deps, renewals, orphans } = setUp();
  await takeClusterReport(deps, cluster, aReport({}, 3));
  expect(renewals).toEqual(["lifted"]);
  expect(listed(orphans)).toEqual([[cluster.id, `${service}/3`]]);
});

test("two clusters that run the same one are both listed, until each has ended its own", async () => {
  const { deps, orphans } = setUp({ base: 1_000_000 });
  const other = { id: "d".repeat(24), session: 1 };
  await takeClusterReport(deps, cluster, aReport({}, 3));
  await takeClusterReport(deps, other, aReport({}, 3));
  expect(listed(orphans)).toEqual([
    [cluster.id, `${service}/3`],
    [other.id, `${service}/3`],
  ]);
  await takeClusterReport(deps, cluster, aReport({}, 3, { released: true }));
  expect(listed(orphans)).toEqual([[other.id, `${service}/3`]]);
});

test("once the counters are lifted above it, it is only listed", async () => {
  const { deps, renewals, orphans } = setUp({ base: 1_000_000 });
  await takeClusterReport(deps, cluster, aReport({}, 3));
  expect(renewals).toEqual([]);
  expect(listed(orphans)).toEqual([[cluster.id, `${service}/3`]]);
});

test("a count that was reached by chance stops nothing of a later state of the database", async () => {
  const { deps, renewals, orphans } = setUp();
  const { answer } = await takeClusterReport(deps, cluster, aReport({}, 3, { incarnation: "now" }));
  expect(answer.stop).toEqual([]);
  expect(renewals).toEqual(["lifted"]);
  expect(listed(orphans)).toEqual([[cluster.id, `${service}/3`]]);
});

test("what was closed here is told to stop", async () => {
  const { deps, renewals } = setUp();
  const { answer } = await takeClusterReport(deps, cluster, aReport({}, 2, { incarnation: "now" }));
  expect(answer.stop).toEqual([{ job_id: service, instance_number: 2, epoch: 2, placement: 0 }]);
  expect(renewals).toEqual([]);
});

test("a copy that has not heard of its adoption goes on", async () => {
  const { deps } = setUp({ known: { epoch: 5, child: cluster.id } });
  const { answer } = await takeClusterReport(deps, cluster, aReport({ full: false }, 0));
  expect(answer.stop).toEqual([]);
});

test("one epoch in two clusters was given twice: the copy that runs is kept", async () => {
  const { deps, renewals, kicks } = setUp({ known: { epoch: 2, child: "b".repeat(24) } });
  await takeClusterReport(deps, cluster, aReport({ full: false }, 0));
  expect(renewals).toEqual(["lifted"]);
  expect(kicks).toEqual([[`${service}/0`, { kind: "twin", child: cluster.id, epoch: 2 }]]);
});

test("an epoch beyond our own shows a database that is old, also when it is over", async () => {
  const { deps, renewals } = setUp({ base: 1_000_000, known: { epoch: 1, child: null } });
  const item = { incarnation: "now", released: true };
  await takeClusterReport(deps, cluster, aReport({}, 3, item));
  expect(renewals).toEqual(["lifted"]);
});

test("what a full report does not name is absent, as of the wishes that were followed", async () => {
  const { deps, kicks } = setUp({ held: [{ _id: `${service}/0` }] });
  await takeClusterReport(deps, cluster, aReport({}));
  const absent = { kind: "absent", child: cluster.id, want_rev: 6, fences_up_to: 6 };
  expect(kicks).toEqual([[`${service}/0`, absent]]);
});

test("what was given up before a renewal has ended when it is not named after it", async () => {
  const { deps, kicks } = setUp({ base: 1_000_000, held: [{ _id: `${service}/0` }] });
  await takeClusterReport(deps, cluster, aReport({ want_rev: 0 }));
  const absent = { kind: "absent", child: cluster.id, want_rev: 0, fences_up_to: 1_000_000 };
  expect(kicks).toEqual([[`${service}/0`, absent]]);
});

test("a count of another database's wishes says nothing about absence", async () => {
  const { deps, kicks } = setUp({ held: [{ _id: `${service}/0` }] });
  await takeClusterReport(deps, cluster, aReport({ incarnation: "before" }));
  expect(kicks).toEqual([]);
});

test("a full report from before a copy was given up is not the whole account", () => {
  const fenced = [{ child: cluster.id, epoch: 1, placement: 0, want_rev: 6 }];
  const { deps } = setUp({ held: [{ fenced }] });
  expect(isWholeAccount(deps, cluster, aReport({ want_rev: 5 }))).toBe(false);
  expect(isWholeAccount(deps, cluster, aReport({ want_rev: 6 }))).toBe(true);
});

const fencedAt = { child: cluster.id, epoch: 3, placement: 0, want_rev: 6 };

test("a copy that was given up before its cluster took it up has ended with the older one there", async () => {
  const { deps, kicks } = setUp({ known: { _id: `${service}/0`, epoch: 4, fenced: [fencedAt] } });
  await takeClusterReport(deps, cluster, aReport({ want_rev: 6 }, 0, { released: true }));
  expect(kicks).toEqual([[`${service}/0`, { kind: "ended", child: cluster.id, epoch: 3 }]]);
});

test("as long as the cluster has not passed it, it may still be taken up", async () => {
  const { deps, kicks } = setUp({ known: { _id: `${service}/0`, epoch: 4, fenced: [fencedAt] } });
  await takeClusterReport(deps, cluster, aReport({ want_rev: 5 }, 0, { released: true }));
  expect(kicks).toEqual([[`${service}/0`, { kind: "ended", child: cluster.id, epoch: 2 }]]);
});
