import type { HeldCopy, InstanceKey } from "@oak/contracts";
import { type Clock, createSilentLogger } from "@oak/kit";
import { createFakeMachine, type FakeMachine } from "../src/adapters/fake/fake-machine.ts";
import { createFakeRuntime } from "../src/adapters/fake/fake-runtime.ts";
import { createEngine, type Engine, type EngineOptions } from "../src/engine.ts";
import type { Runtime } from "../src/ports.ts";
import type { InstanceRecord } from "../src/store/instance-record.ts";
import { createMemoryLeases } from "../src/store/memory-leases.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { type AssignmentOverrides, anAssignment } from "./builders.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** An engine over a scripted machine; machine and disk outlive it. */
export interface EngineHarness {
  clock: VirtualClock;
  machine: FakeMachine;
  disk: Map<InstanceKey, InstanceRecord>;
  reports: HeldCopy[];
  /** How often a heartbeat was asked for. */
  asked(): number;
  /** The engine of the moment. */
  engine(): Engine;
  /** As `kill -9` and a new start: nothing in memory survives. */
  restart(): Promise<void>;
  /** Ends the engine in good order, and lets the time pass that this takes. */
  stop(): Promise<void>;
  deploy(overrides?: AssignmentOverrides): Promise<void>;
  undeploy(overrides?: AssignmentOverrides): Promise<void>;
  /** `STATUS` and detail of each report. */
  story(): string[];
  running(): string[];
}

export async function startEngine(
  options: Partial<EngineOptions> = {},
  { latencyMs = 0, wrap = (runtime: Runtime): Runtime => runtime } = {},
): Promise<EngineHarness> {
  const clock = createVirtualClock();
  const machine = createFakeMachine({ clock });
  const disk = new Map<InstanceKey, InstanceRecord>();
  const reports: HeldCopy[] = [];
  const leaseStore = createMemoryLeases();
  let asked = 0;
  let engine: Engine;

  const start = async (): Promise<void> => {
    let isAlive = true;
    // The timers of a process die with it, and with them everything that it waited for.
    const mortal: Clock = {
      ...clock,
      setTimer: (ms, fn) => clock.setTimer(ms, () => isAlive && fn()),
    };
    const runtime = createFakeRuntime({
      machine,
      clock: mortal,
      engineId: "abcdef",
      latencyMs: () => latencyMs,
    });
    engine = createEngine({
      store: createMemoryStore(disk),
      runtime: wrap(runtime),
      clock: mortal,
      random: () => 0,
      leases: {
        store: leaseStore,
        bootMs: clock.monotonicMs,
        askAtOnce: () => {
          asked += 1;
        },
      },
      logger: createSilentLogger(),
      report: (copy) => {
        if (isAlive) reports.push(copy);
      },
      ...options,
    });
    kill = async () => {
      isAlive = false;
      await runtime.stop();
    };
    const started = engine.start();
    // The first list takes virtual time.
    await clock.advance(latencyMs + 1);
    await started;
    await clock.advance(1);
  };
  let kill = async (): Promise<void> => undefined;
  await start();

  const change = async (overrides: AssignmentOverrides): Promise<void> => {
    await engine.upsert(anAssignment(overrides));
    await clock.settle();
  };
  return {
    clock,
    machine,
    disk,
    reports,
    asked: () => asked,
    engine: () => engine,
    restart: async () => {
      await kill();
      await start();
    },
    stop: async () => {
      const stopped = engine.stop();
      await clock.advance(30_000);
      await stopped;
    },
    deploy: (overrides = {}) => change(overrides),
    undeploy: (overrides = {}) => change({ ...overrides, wanted: false }),
    story: () => reports.map(({ status, status_detail: detail }) => `${status} ${detail}`.trim()),
    running: () =>
      [...machine.workloads.values()]
        .filter(({ state }) => state === "running")
        .map(({ handle }) => handle),
  };
}
