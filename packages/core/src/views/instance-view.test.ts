import { type Instance, InstanceView } from "@oak/contracts";
import { expect, test } from "vitest";
import { awaitedView, instanceView } from "./instance-view.ts";

const job = "65f0c0ffee65f0c0ffee65f0";
const child = "65f0c0ffee65f0c0ffee65f1";
const candidate = { _id: child, candidate_location: "Munich", ip: "10.0.0.7" };

function instance(changes: Partial<Instance> = {}): Instance {
  return {
    _id: `${job}/3`,
    job_id: job,
    instance_number: 3,
    rev: 1,
    phase: "assigned",
    child,
    epoch: 2,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "NODE_SCHEDULED",
    status_detail: "Assigned",
    reason: "assigned",
    attempts: 0,
    retry_at: 0,
    phase_since: 50,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...changes,
  };
}

const seen: NonNullable<Instance["seen"]> = {
  status: "RUNNING",
  status_detail: "",
  session: 1,
  seq: 1,
  epoch: 2,
  placement: 1,
  at: 99.5,
  cpu_percent: "1.5",
  host_port: 8080,
  logs: "hello",
};
const intent = { incarnation: "i".repeat(16), epoch: 2, spec_rev: 1, want_rev: 1, wanted: true };

test.each([
  ["unseen", instance()],
  ["seen", instance({ seen })],
  ["unplaced", instance({ child: null, phase: "unplaced" })],
  ["of a cluster", instance({ seen, intent })],
])(
  "an instance that is %s has every field with the type that strict clients decode",
  (_, given) => {
    const strict = InstanceView.strict();
    expect(() => strict.parse(instanceView(given, candidate))).not.toThrow();
    expect(() => strict.parse(instanceView(given, undefined))).not.toThrow();
  },
);

test("a member without a document has them too", () => {
  expect(() =>
    InstanceView.strict().parse(awaitedView(0, { since: 1.5, revision: 1 })),
  ).not.toThrow();
});

test("what the child says of the present assignment wins", () => {
  expect(instanceView(instance({ seen }), candidate)).toMatchObject({
    status: "RUNNING",
    status_detail: "No extra information",
    cpu_percent: "1.5",
    host_port: 8080,
    last_modified_timestamp: 99.5,
  });
});

test("what was said of an older placement is not shown, but for the last words of its log", () => {
  const view = instanceView(instance({ seen: { ...seen, placement: 0 } }), candidate);
  expect(view).toMatchObject({
    status: "NODE_SCHEDULED",
    cpu_percent: "0",
    host_port: 0,
    logs: "hello",
    last_modified_timestamp: 50,
  });
});

test("at the root the child is the cluster, at a cluster it is the worker", () => {
  expect(instanceView(instance(), candidate)).toMatchObject({
    cluster_id: child,
    cluster_location: "Munich",
    worker_id: "",
    host_ip: "",
  });
  expect(instanceView(instance({ intent }), candidate)).toMatchObject({
    cluster_id: "",
    worker_id: child,
    host_ip: "10.0.0.7",
  });
});
