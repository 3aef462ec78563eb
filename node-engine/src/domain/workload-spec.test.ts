import { expect, test } from "vitest";
import { anAssignment } from "../../test/builders.ts";
import { buildWorkloadSpec, hashSettings } from "./workload-spec.ts";

test("a job becomes what has to be created", () => {
  const assignment = anAssignment({
    instance_number: 4,
    epoch: 2,
    placement: 3,
    job: {
      ...{ cmd: ["run"], environment: ["A=b"], port: "80;0:53/udp", vcpus: 2, memory: 100 },
      ...{ vgpus: 1, privileged: true, platform: "linux/arm64" },
    },
  });

  expect(buildWorkloadSpec(assignment)).toEqual({
    image: "fake/ok",
    cmd: ["run"],
    environment: ["HOSTNAME=instance-4", "A=b"],
    hostname: "instance-4",
    ports: [
      { host: 80, container: 80, protocol: "tcp" },
      { host: 0, container: 53, protocol: "udp" },
    ],
    vcpus: 2,
    memoryMb: 100,
    vgpus: 1,
    privileged: true,
    pidsLimit: 4_096,
    platform: "linux/arm64",
    identity: {
      key: assignment.key,
      jobId: assignment.job_id,
      jobName: "app.ns.svc.ns",
      instanceNumber: 4,
      pair: { epoch: 2, placement: 3 },
      specHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
  });
});

test("what does not change the workload does not change its hash", () => {
  const [first, second] = [
    anAssignment({ job: { one_shot: false } }),
    anAssignment({ epoch: 9, spec_rev: 7, job: { one_shot: true, storage: 5 } }),
  ].map((assignment) => buildWorkloadSpec(assignment).identity.specHash);

  expect(first).toBe(second);
});

test("every setting changes the hash", () => {
  const { identity: _, ...settings } = buildWorkloadSpec(anAssignment());
  const hashes = [
    hashSettings(settings),
    hashSettings({ ...settings, image: "x" }),
    hashSettings({ ...settings, cmd: ["x"] }),
    hashSettings({ ...settings, environment: ["A=b"] }),
    hashSettings({ ...settings, vcpus: 1 }),
    hashSettings({ ...settings, memoryMb: 1 }),
    hashSettings({ ...settings, privileged: true }),
    hashSettings({ ...settings, platform: "linux/arm64" }),
    hashSettings({ ...settings, ports: [{ host: 1, container: 1, protocol: "tcp" }] }),
  ];

  expect(new Set(hashes).size).toBe(hashes.length);
});
