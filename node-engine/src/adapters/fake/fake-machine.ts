import type { PortMapping } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import {
  inOrderOfPorts,
  type ObservedWorkload,
  type Room,
  type WorkloadIdentity,
  type WorkloadSpec,
} from "../../domain/workload.ts";
import { type FakeScript, parseFakeImage } from "./fake-image.ts";

/** A workload of the scripted machine; plain data, so that it can be kept in a file. */
export interface FakeWorkload extends ObservedWorkload {
  engineId: string;
  image: string;
  ports: readonly PortMapping[];
  /** When its latest runs began, oldest first. */
  runsAtMs?: readonly number[];
  /** When the present run ends by itself; absent: never. */
  endsAtMs?: number;
}

/** What outlives an engine: what a container runtime and its kernel would keep. */
export interface FakeMachineState {
  workloads: FakeWorkload[];
  pulled: string[];
  nextHandle: number;
}

export interface FakeMachineOptions {
  clock: Clock;
  /** What an earlier machine left behind. */
  state?: FakeMachineState;
  /** Called with the whole state after each change, before anybody else hears of it. */
  onChange?: (state: FakeMachineState) => void;
}

export type FakeMachineEvent =
  | { kind: "changed"; workload: FakeWorkload }
  | { kind: "removed"; workload: FakeWorkload }
  | { kind: "resync" };

/** A machine that runs scripted workloads. It survives the engines that use it. */
export interface FakeMachine {
  readonly workloads: ReadonlyMap<string, FakeWorkload>;
  /** false: calls are refused and events are lost, as with a runtime that is down. */
  isAvailable(): boolean;
  setAvailable(isAvailable: boolean): void;
  hasImage(image: string): boolean;
  addImage(image: string): void;
  /** In a `room` it publishes nothing itself. */
  create(spec: WorkloadSpec, engineId: string, room?: Room): FakeWorkload;
  /** @throws RuntimeFault when the script or a taken port says so. */
  start(handle: string): FakeWorkload;
  /** Ends a run, as a signal or a crash would. One that does not run stays as it is. */
  kill(handle: string, exitCode?: number, isOutOfMemory?: boolean): void;
  remove(handle: string): void;
  subscribe(listener: (event: FakeMachineEvent) => void): () => void;
  state(): FakeMachineState;
  /** Cancels the timers of the scripts; workloads stay as they are. */
  close(): void;
}

const firstDynamicPort = 49_152;
/** As a log that is kept within a size. */
const mostRuns = 100;

export function createFakeMachine(options: FakeMachineOptions): FakeMachine {
  const { clock, state } = options;
  const workloads = new Map(state?.workloads.map((workload) => [workload.handle, workload]));
  const pulled = new Set(state?.pulled);
  const listeners = new Set<(event: FakeMachineEvent) => void>();
  const timers = new Map<string, () => void>();
  let nextHandle = state?.nextHandle ?? 1;
  let isAvailable = true;
  let lastMs = 0;

  /** Wall time that never stands still, so that the order of two moments is always known. */
  const tick = (): number => {
    lastMs = Math.max(clock.nowMs(), lastMs + 0.001);
    return lastMs;
  };
  const snapshot = (): FakeMachineState => ({
    workloads: [...workloads.values()],
    pulled: [...pulled],
    nextHandle,
  });
  const emit = (event: FakeMachineEvent): void => {
    if (!isAvailable) return;
    for (const listener of [...listeners]) listener(event);
  };
  const change = (workload: FakeWorkload): FakeWorkload => {
    workloads.set(workload.handle, workload);
    options.onChange?.(snapshot());
    emit({ kind: "changed", workload });
    return workload;
  };
  const clearTimer = (handle: string): void => {
    timers.get(handle)?.();
    timers.delete(handle);
  };

  const scheduleEnd = (workload: FakeWorkload): void => {
    const { end } = parseFakeImage(workload.image);
    if (end === undefined || workload.endsAtMs === undefined) return;
    const finish = (): void => kill(workload.handle, end.exitCode, end.isOutOfMemory);
    timers.set(workload.handle, clock.setTimer(workload.endsAtMs - clock.nowMs(), finish));
  };

  const create = (spec: WorkloadSpec, engineId: string, room?: Room): FakeWorkload => {
    const existing = [...workloads.values()].find(
      (one) => one.engineId === engineId && isSameCopy(one.identity, spec.identity),
    );
    if (existing !== undefined) return existing;
    const handle = `fake-${String(nextHandle).padStart(6, "0")}`;
    nextHandle += 1;
    return change({
      handle,
      engineId,
      image: spec.image,
      ports: room === undefined ? spec.ports : [],
      ...(room !== undefined && { room: { namespace: room.namespace, ports: room.ports } }),
      identity: spec.identity,
      state: "created",
      createdAtMs: tick(),
      startedAtMs: 0,
      finishedAtMs: 0,
      isOutOfMemory: false,
      publishedPorts: [],
    });
  };

  const start = (handle: string): FakeWorkload => {
    const workload = workloads.get(handle);
    if (workload === undefined) throw fault("workload_gone");
    if (workload.state === "running") return workload;
    const script = parseFakeImage(workload.image);
    if (script.startFault !== undefined) throw fault(script.startFault);
    const publishedPorts = publish(workload.ports, portsInUse(workloads.values()));
    const running = change(toRunning(workload, { script, publishedPorts, nowMs: tick() }));
    scheduleEnd(running);
    return running;
  };

  const kill = (handle: string, exitCode = 137, isOutOfMemory = false): void => {
    const workload = workloads.get(handle);
    clearTimer(handle);
    if (workload?.state !== "running") return;
    const { endsAtMs: _, ...rest } = workload;
    const end = { state: "exited" as const, finishedAtMs: tick(), exitCode, isOutOfMemory };
    change({ ...rest, ...end, publishedPorts: [] });
  };

  const remove = (handle: string): void => {
    const workload = workloads.get(handle);
    clearTimer(handle);
    if (workload === undefined) return;
    workloads.delete(handle);
    options.onChange?.(snapshot());
    emit({ kind: "removed", workload });
  };

  for (const workload of workloads.values()) {
    if (workload.state === "running") scheduleEnd(workload);
  }

  return {
    workloads,
    isAvailable: () => isAvailable,
    setAvailable: (next) => {
      const isBack = next && !isAvailable;
      isAvailable = next;
      if (isBack) emit({ kind: "resync" });
    },
    hasImage: (image) => parseFakeImage(image).pull === undefined || pulled.has(image),
    addImage: (image) => {
      pulled.add(image);
      options.onChange?.(snapshot());
    },
    create,
    start,
    kill,
    remove,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    state: snapshot,
    close: () => {
      for (const handle of [...timers.keys()]) clearTimer(handle);
      listeners.clear();
    },
  };
}

function toRunning(
  workload: FakeWorkload,
  run: { script: FakeScript; publishedPorts: PortMapping[]; nowMs: number },
): FakeWorkload {
  const { exitCode: _, ...rest } = workload;
  return {
    ...rest,
    state: "running",
    startedAtMs: run.nowMs,
    runsAtMs: [...(workload.runsAtMs ?? []), run.nowMs].slice(-mostRuns),
    isOutOfMemory: false,
    publishedPorts: run.publishedPorts,
    ...(run.script.end !== undefined && { endsAtMs: run.nowMs + run.script.end.afterMs }),
  };
}

function isSameCopy(a: WorkloadIdentity, b: WorkloadIdentity): boolean {
  return (
    a.key === b.key &&
    a.pair.epoch === b.pair.epoch &&
    a.pair.placement === b.pair.placement &&
    a.specHash === b.specHash
  );
}

function portsInUse(workloads: Iterable<FakeWorkload>): Set<string> {
  return new Set([...workloads].flatMap((one) => one.publishedPorts.map(hostPort)));
}

/** Fills in host ports that are left to the machine. */
function publish(ports: readonly PortMapping[], inUse: Set<string>): PortMapping[] {
  const mappings = ports.map((port) => {
    let host = port.host === 0 ? firstDynamicPort : port.host;
    while (port.host === 0 && inUse.has(hostPort({ ...port, host }))) host += 1;
    const mapping = { ...port, host };
    if (inUse.has(hostPort(mapping))) throw fault("port_taken", hostPort(mapping));
    inUse.add(hostPort(mapping));
    return mapping;
  });
  return inOrderOfPorts(mappings);
}

function hostPort({ host, protocol }: PortMapping): string {
  return `${host}/${protocol}`;
}

function fault(...args: Parameters<typeof createFault>): RuntimeFault {
  return new RuntimeFault(createFault(...args));
}
