import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { aWorkloadSpec } from "../../../test/builders.ts";
import { toLabels } from "./labels.ts";
import { toMs, toObservedWorkload } from "./observe-container.ts";

const { identity } = aWorkloadSpec();
const never = "0001-01-01T00:00:00Z";

/** The part of Docker's answer that is read. */
function inspected(
  state: Partial<ContainerInspectInfo["State"]>,
  rest: { Labels?: Record<string, string>; Ports?: unknown } = {},
): ContainerInspectInfo {
  const info = {
    Id: "abc",
    Created: "2026-11-21T21:00:00Z",
    Config: { Labels: rest.Labels ?? toLabels(identity, "engine") },
    State: {
      ...{ Status: "running", Running: true, OOMKilled: false, ExitCode: 0, Error: "" },
      ...{ StartedAt: "2026-11-21T21:00:01.000000500Z", FinishedAt: never },
      ...state,
    },
    NetworkSettings: { Ports: rest.Ports ?? {} },
  };
  return info as unknown as ContainerInspectInfo;
}

test("a running container is read, with times to the nanosecond", () => {
  const startedAtMs = Date.parse("2026-11-21T21:00:01Z");

  expect(toObservedWorkload(inspected({}))).toEqual({
    handle: "abc",
    identity,
    state: "running",
    createdAtMs: Date.parse("2026-11-21T21:00:00Z"),
    startedAtMs: startedAtMs + 0.0005,
    finishedAtMs: 0,
    isOutOfMemory: false,
    publishedPorts: [],
  });
  expect(toMs(never)).toBe(0);
});

test("an end that seems to be before its start is moved to it", () => {
  const state = { Status: "exited", Running: false, ExitCode: 3 };
  const FinishedAt = "2026-11-21T21:00:00.999Z";

  const workload = toObservedWorkload(inspected({ ...state, FinishedAt }));

  expect(workload).toMatchObject({ state: "exited", exitCode: 3 });
  expect(workload?.finishedAtMs).toBe(workload?.startedAtMs);
});

test("a restart that failed to start counts no run", () => {
  const state = { Status: "exited", Running: false, ExitCode: 128, Error: "port is taken" };

  expect(toObservedWorkload(inspected(state))).toMatchObject({ state: "created" });
});

test("a paused container counts as running, one that is being removed is gone", () => {
  expect(toObservedWorkload(inspected({ Status: "paused" }))?.state).toBe("running");
  expect(toObservedWorkload(inspected({ Status: "removing" }))).toBeUndefined();
});

test("a container without our labels is not ours", () => {
  expect(toObservedWorkload(inspected({}, { Labels: { some: "label" } }))).toBeUndefined();
});

test("addresses of both families are one published port", () => {
  const Ports = {
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "49153" },
      { HostIp: "::", HostPort: "49153" },
    ],
    "53/udp": [{ HostIp: "0.0.0.0", HostPort: "5353" }],
    "9/tcp": null,
  };

  expect(toObservedWorkload(inspected({}, { Ports }))?.publishedPorts).toEqual([
    { host: 5_353, container: 53, protocol: "udp" },
    { host: 49_153, container: 80, protocol: "tcp" },
  ]);
});

test("host ports that differ between the families are those of IPv4", () => {
  const Ports = {
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "32814" },
      { HostIp: "::", HostPort: "32813" },
    ],
    "90/tcp": [{ HostIp: "::1", HostPort: "9090" }],
  };

  expect(toObservedWorkload(inspected({}, { Ports }))?.publishedPorts).toEqual([
    { host: 32_814, container: 80, protocol: "tcp" },
    { host: 9_090, container: 90, protocol: "tcp" },
  ]);
});
