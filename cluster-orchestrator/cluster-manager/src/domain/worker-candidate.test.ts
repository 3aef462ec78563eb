import { expect, test } from "vitest";
import { workerCandidate } from "./worker-candidate.ts";

const given = {
  workerId: "65f0c0ffee65f0c0ffee65f0",
  session: 3,
  address: "::ffff:10.0.0.7",
  atMs: 1_700_000_000_000,
};

test("what the cluster decides about a worker cannot be set by the worker", () => {
  const registration = {
    host: "edge-1",
    token: "secret",
    holds: {},
    schedulable: false,
    rev: 9,
    session: 99,
    liveness: "lost",
    want_rev: 5,
    lidar: 2,
  };
  expect(workerCandidate(registration, given)).toEqual({
    _id: given.workerId,
    candidate_name: "edge-1",
    host: "edge-1",
    ip: "10.0.0.7",
    session: 3,
    joined_at: 1_700_000_000,
    liveness: "alive",
    lidar: 2,
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
  });
});

test("the allocatable of an older worker follows from its load", () => {
  const candidate = workerCandidate(
    { host: "edge-1", ip: "192.168.1.20", vcpus: 4, memory: 6_000, memory_percent: 25 },
    given,
  );
  expect(candidate.ip).toBe("192.168.1.20");
  expect(candidate.allocatable).toMatchObject({ vcpus: 4, memory: 7_600 });
});

test("a name of its own goes before the hostname", () => {
  const candidate = workerCandidate({ host: "localhost", name: "edge-1" }, given);
  expect(candidate.candidate_name).toBe("edge-1");
});
