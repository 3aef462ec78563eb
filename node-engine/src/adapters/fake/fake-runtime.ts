import { type Clock, sleep } from "@oak/kit";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { ObservedWorkload, Room, WorkloadSpec } from "../../domain/workload.ts";
import type { NamespaceHost } from "../../network/ports.ts";
import type { PullOptions, Runtime, RuntimeEvent } from "../../ports.ts";
import { parseFakeImage } from "./fake-image.ts";
import { readFakeLogs } from "./fake-logs.ts";
import type { FakeMachine, FakeMachineEvent, FakeWorkload } from "./fake-machine.ts";

export interface FakeRuntimeOptions {
  machine: FakeMachine;
  clock: Clock;
  engineId: string;
  /** Value of `virtualization` that it stands for. */
  name?: string;
  /** What its workloads can join; it tells nothing of them. */
  namespaces?: NamespaceHost;
  /** How long each call takes, milliseconds. */
  latencyMs?: (call: "list" | "create" | "start" | "stop" | "remove") => number;
}

const pullSteps = 10;
const figures = { cpuPercent: 1, memoryBytes: 8 * 1024 * 1024 };

/** A runtime whose workloads do what their image names say, see {@link FakeScript}. */
export function createFakeRuntime(options: FakeRuntimeOptions): Runtime {
  const { machine, clock, engineId, latencyMs = () => 0 } = options;
  const listeners = new Set<(event: RuntimeEvent) => void>();
  let disconnect: (() => void) | undefined;

  const emit = (event: RuntimeEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const pass = (event: FakeMachineEvent): void => {
    if (event.kind === "resync") emit(event);
    else if (event.workload.engineId === engineId) emit(toRuntimeEvent(event));
  };

  /** The call reaches the machine after half of its time; the answer takes the other half. */
  const reach = async <T>(call: Parameters<typeof latencyMs>[0], act: () => T): Promise<T> => {
    const halfMs = latencyMs(call) / 2;
    if (halfMs > 0) await sleep(clock, halfMs);
    assertAvailable(machine);
    const answer = act();
    if (halfMs > 0) await sleep(clock, halfMs);
    return answer;
  };

  const create = (spec: WorkloadSpec, room?: Room): Promise<ObservedWorkload> =>
    reach("create", () => {
      if (!machine.hasImage(spec.image)) throw fault("image_missing");
      return toObserved(machine.create(spec, engineId, room));
    });

  const stopWorkload = async (handle: string, { graceMs }: { graceMs: number }) => {
    const isSlow = await reach("stop", () => {
      const workload = machine.workloads.get(handle);
      if (workload === undefined) return false;
      if (parseFakeImage(workload.image).ignoresTerm === true) return true;
      machine.kill(handle, 143);
      return false;
    });
    if (!isSlow) return;
    await sleep(clock, graceMs);
    machine.kill(handle, 137);
  };

  return {
    name: options.name ?? "docker",
    capabilities: { ports: true, gpus: false, logs: true, usage: true },
    ...(options.namespaces && { namespaces: options.namespaces }),
    start: async () => {
      if (disconnect !== undefined) return;
      const unsubscribe = machine.subscribe(pass);
      const cancel = clock.setTimer(0, () => emit({ kind: "resync" }));
      disconnect = () => {
        unsubscribe();
        cancel();
      };
    },
    stop: async () => {
      disconnect?.();
      disconnect = undefined;
    },
    events: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    list: () =>
      reach("list", () =>
        [...machine.workloads.values()].filter((one) => one.engineId === engineId).map(toObserved),
      ),
    pull: (image, pullOptions) => pull(machine, clock, image, pullOptions),
    create,
    startWorkload: (handle) => reach("start", () => void machine.start(handle)),
    look: (handle) =>
      reach("list", () => {
        const workload = machine.workloads.get(handle);
        return workload && toObserved(workload);
      }),
    stopWorkload,
    killWorkload: (handle) => reach("stop", () => machine.kill(handle, 137)),
    remove: (handle) => reach("remove", () => machine.remove(handle)),
    usage: async (handles) => {
      const running = handles.filter(
        (handle) => machine.workloads.get(handle)?.state === "running",
      );
      return new Map(running.map((handle) => [handle, figures]));
    },
    logMarks: async (handles) =>
      new Map(handles.map((handle) => [handle, printed(machine.workloads.get(handle))])),
    logsTail: async (handle, bytes) => {
      assertAvailable(machine);
      const workload = machine.workloads.get(handle);
      if (workload === undefined) throw fault("workload_gone");
      return printed(workload).slice(-bytes);
    },
    logs: (handle, query) => readFakeLogs(machine, handle, query),
  };
}

async function pull(
  machine: FakeMachine,
  clock: Clock,
  image: string,
  { signal, onProgress }: PullOptions,
): Promise<void> {
  const { pull: script } = parseFakeImage(image);
  for (let step = 1; step <= pullSteps && script !== undefined; step += 1) {
    signal.throwIfAborted();
    await sleep(clock, script.tookMs / pullSteps, signal);
    assertAvailable(machine);
    if (script.fault === undefined) onProgress((100 * step) / pullSteps);
  }
  signal.throwIfAborted();
  if (script?.fault !== undefined) throw fault(script.fault);
  machine.addImage(image);
}

function printed(workload: FakeWorkload | undefined): string {
  if (workload === undefined || workload.startedAtMs === 0) return "";
  return `ready: ${workload.image}\n`;
}

function assertAvailable(machine: FakeMachine): void {
  if (!machine.isAvailable()) throw fault("runtime_unavailable");
}

function toRuntimeEvent(event: Exclude<FakeMachineEvent, { kind: "resync" }>): RuntimeEvent {
  if (event.kind === "removed") return { kind: "removed", handle: event.workload.handle };
  return { kind: "changed", workload: toObserved(event.workload) };
}

/** Without what only the machine knows. */
function toObserved(workload: FakeWorkload): ObservedWorkload {
  const { engineId: _engine, image: _image, ports: _ports, ...rest } = workload;
  const { endsAtMs: _end, runsAtMs: _runs, ...observed } = rest;
  return observed;
}

function fault(...args: Parameters<typeof createFault>): RuntimeFault {
  return new RuntimeFault(createFault(...args));
}
