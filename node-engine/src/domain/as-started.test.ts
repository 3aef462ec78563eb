import { expect, test } from "vitest";
import { aWorkloadSpec } from "../../test/builders.ts";
import { asStarted } from "./as-started.ts";
import { createObservedWorkloads } from "./observed-workloads.ts";
import type { ObservedWorkload } from "./workload.ts";

const spec = aWorkloadSpec({ job: { port: "8081:81;8080:80" } });
const dynamic = aWorkloadSpec({ job: { port: "0:80" } });
const startedAt = 1_700_000_000_000;

function aLook(changes: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    handle: "h",
    identity: spec.identity,
    state: "created",
    createdAtMs: startedAt - 5,
    startedAtMs: 0,
    finishedAtMs: 0,
    isOutOfMemory: false,
    publishedPorts: [],
    ...changes,
  };
}
const ended = aLook({
  state: "exited",
  startedAtMs: startedAt,
  finishedAtMs: startedAt + 7.25,
  exitCode: 137,
  isOutOfMemory: true,
});

test("what was started runs, with its ports in order and nothing of the run before", () => {
  expect(asStarted(ended, spec)).toEqual(
    aLook({
      state: "running",
      startedAtMs: expect.any(Number),
      finishedAtMs: ended.finishedAtMs,
      publishedPorts: [
        { host: 8080, container: 80, protocol: "tcp" },
        { host: 8081, container: 81, protocol: "tcp" },
      ],
    }),
  );
});

test.each([
  ["a first start", aLook()],
  ["a start after a run that ended", ended],
])(
  "%s counts as later than what was known, and as earlier than any look at the run",
  (_, before) => {
    const started = asStarted(before, spec) as ObservedWorkload;
    const quicklyEnded = {
      ...ended,
      startedAtMs: startedAt + 8,
      finishedAtMs: startedAt + 8,
      exitCode: 0,
    };

    const inOrder = createObservedWorkloads();
    for (const look of [before, started]) inOrder.put(look);
    const overtaken = createObservedWorkloads();
    for (const look of [before, quicklyEnded, started]) overtaken.put(look);

    expect(inOrder.get("h")).toEqual(started);
    expect(overtaken.get("h")).toEqual(quicklyEnded);
  },
);

test.each([
  ["the runtime chooses a port", aLook({ identity: dynamic.identity }), dynamic],
  ["it is of another spec", aLook(), aWorkloadSpec({ job: { image: "fake/other" } })],
  ["the spec is out of range", aLook(), undefined],
  ["it ran already", aLook({ state: "running", startedAtMs: startedAt }), spec],
])("it has to be looked at when %s", (_, before, wanted) => {
  expect(asStarted(before, wanted)).toBeUndefined();
});
