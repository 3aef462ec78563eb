import type { Instance, TableInstance, TableService } from "@oak/contracts";
import { expect, test } from "vitest";
import type { AttachmentRecord } from "../ports.ts";
import { localTable } from "./local-table.ts";

const [here, there] = ["c".repeat(24), "d".repeat(24)];
const jobId = "a".repeat(24);
const place = { namespace_ip: "10.18.0.2", namespace_ip_v6: "fc00::2", host_ip: "h", host_port: 1 };

/** What the root tells of the one instance. */
function told(changes: Partial<TableInstance>): TableService {
  const own = { instance_number: 0, instance_ip: "10.30.0.2", instance_ip_v6: "fdff::" };
  const instance = { ...own, cluster_id: here, epoch: 3, serving: true, ...place, ...changes };
  return { _id: jobId, job_name: "a.b.c.d", service_ip_list: [], instance_list: [instance] };
}
const record = (changes: Partial<Instance> = {}): Instance =>
  ({
    _id: `${jobId}/0`,
    instance_number: 0,
    phase: "assigned",
    child: "w1",
    epoch: 3,
    placement: 5,
    fenced: [],
    seen: { status: "RUNNING", epoch: 3, placement: 5 },
    ...changes,
  }) as Instance;
const attachment = (changes: Partial<AttachmentRecord> = {}): AttachmentRecord => ({
  _id: `${jobId}/0`,
  job_id: jobId,
  instance_number: 0,
  worker_id: "w1",
  epoch: 3,
  placement: 5,
  ...place,
  namespace_ip: "10.18.0.77",
  reported: false,
  ...changes,
});
function show(service: TableService, local?: Instance, ...attached: AttachmentRecord[]) {
  const facts = {
    clusterId: here,
    recordsOf: () => (local === undefined ? [] : [local]),
    attachment: (_key: string, worker: string) =>
      attached.find(({ worker_id }) => worker_id === worker),
  };
  return localTable(service, facts).instance_list[0];
}

test("a copy of this cluster is where its worker has attached it, whatever the root says", () => {
  expect(show(told({}), record(), attachment())).toMatchObject({
    worker_id: "w1",
    namespace_ip: "10.18.0.77",
    placement: 5,
    serving: true,
  });
});

test("a copy that is not attached yet, or by another worker or placement, is nowhere", () => {
  const nowhere = { namespace_ip: null, host_ip: null, serving: false };
  expect(show(told({}), record())).toMatchObject(nowhere);
  expect(show(told({}), record(), attachment({ placement: 4 }))).toMatchObject(nowhere);
  expect(show(told({}), record(), attachment({ worker_id: "w2" }))).toMatchObject(nowhere);
});

test("a copy that is gone from here is nowhere, though the root has not heard of it", () => {
  expect(show(told({}))).toMatchObject({ namespace_ip: null, serving: false });
  const releasing = record({ phase: "releasing" });
  expect(show(told({}), releasing, attachment())).toMatchObject({ serving: false });
});

test("a copy that the root has given to another cluster meanwhile is there", () => {
  const elsewhere = told({ cluster_id: there, epoch: 4 });
  expect(show(elsewhere, record(), attachment())).toEqual(elsewhere.instance_list[0]);
  expect(show(elsewhere)).toEqual(elsewhere.instance_list[0]);
});

const second = { worker_id: "w2", placement: 6, namespace_ip: "10.18.1.5" };

test("an instance that moves is where it was until its second copy runs", () => {
  const move = { child: "w2", epoch: 3, placement: 6 } as Instance["move"] & object;
  const places = [attachment(), attachment(second)];
  const first = { worker_id: "w1", namespace_ip: "10.18.0.77", serving: true };
  expect(show(told({}), record({ move }), ...places)).toMatchObject(first);
  const seen = { status: "RUNNING", epoch: 3, placement: 6 } as Instance["seen"] & object;
  expect(show(told({}), record({ move, seen }), ...places)).toMatchObject(first);
});

test("one that has moved is at its second copy, and open connections go on at the first", () => {
  const fenced = [{ child: "w1", epoch: 3, placement: 5, want_rev: 1, ends_at: 9 }];
  const seen = { status: "RUNNING", epoch: 3, placement: 6 } as Instance["seen"] & object;
  const moved = record({ child: "w2", placement: 6, seen, fenced });
  const places = [attachment(), attachment(second)];
  const { draining, ...shown } = show(told({}), moved, ...places) ?? {};
  expect(shown).toMatchObject({ ...second, serving: true });
  expect(draining).toEqual([{ ...place, namespace_ip: "10.18.0.77" }]);
  const named = { ...moved, fenced: fenced.map((copy) => ({ ...copy, named: true })) };
  expect(show(told({}), named, ...places)).not.toHaveProperty("draining");
});
