import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { NetAttach, NetIdle } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFakeMachine, type FakeMachine } from "../src/adapters/fake/fake-machine.ts";
import { createFakeRuntime } from "../src/adapters/fake/fake-runtime.ts";
import { createFault, RuntimeFault } from "../src/domain/fault.ts";
import { createEngine, type Engine } from "../src/engine.ts";
import type { Namespace, NamespaceHost, NetManager } from "../src/network/ports.ts";
import { createResolvFile } from "../src/network/resolv-file.ts";
import { createWorkerNetwork, type WorkerNetwork } from "../src/network/worker-network.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { type AssignmentOverrides, aJobId, anAssignment, noLeases } from "./builders.ts";

/** Everything but the engine and its network is a stub; a disk and a machine outlive them. */
let folder: string;
let machine: FakeMachine;
let namespaces: Map<string, Namespace>;
let manager: ReturnType<typeof stubManager>;
let network: WorkerNetwork;
let engine: Engine;
/** Whether programs listen on their ports. */
let listens: boolean;
/** How many namespaces there were at once. */
let most: number;

const capacity = 40;

function stubManager() {
  const attached = new Map<string, NetAttach>();
  const slots = new Set<string>();
  const leases: { serviceName: string; instanceNumber: number; forMs: number }[] = [];
  const idle: NetIdle[] = [];
  const state = {
    isAway: false,
    free: Number.POSITIVE_INFINITY,
    attaches: 0,
    /** Answers to whoever prepares a namespace come after this. */
    gate: Promise.resolve(),
  };
  const nameOf = (one: { serviceName: string; instanceNumber: number }) =>
    `${one.serviceName}/${one.instanceNumber}`;
  const assertThere = (): void => {
    if (state.isAway) throw new RuntimeFault(createFault("network_unavailable"));
  };
  const slotOf = (pid: number): string => {
    const slot = `net:${pid}`;
    if (!slots.has(slot) && slots.size >= state.free) {
      throw new RuntimeFault(createFault("network_full"));
    }
    slots.add(slot);
    return slot;
  };
  const addresses = { nsAddress: "10.18.0.2", nsAddressv6: "fc00::2" };
  const session = "session-1";
  const port: NetManager = {
    status: async () => {
      assertThere();
      return { session, registered: true, idle };
    },
    register: async () => {
      assertThere();
      return { session, resolver: "10.18.0.1", resolverv6: "fc00::1", capacity };
    },
    prepare: async (pid) => {
      assertThere();
      const slot = slotOf(pid);
      await state.gate;
      return { slot, ...addresses };
    },
    release: async (slot) => {
      assertThere();
      slots.delete(slot);
    },
    attach: async (wanted) => {
      assertThere();
      const slot = slotOf(wanted.pid);
      attached.set(nameOf(wanted), wanted);
      state.attaches += 1;
      const { serviceName, portMappings } = wanted;
      return { serviceName, ...addresses, slot, portMappings };
    },
    detach: async (instance) => {
      assertThere();
      const before = attached.get(nameOf(instance));
      attached.delete(nameOf(instance));
      slots.delete(`net:${before?.pid}`);
    },
    renewLeases: async (terms) => {
      assertThere();
      leases.push(...terms);
    },
    close: () => undefined,
  };
  return { port, attached, slots, leases, state, idle };
}

function stubNamespaces(): NamespaceHost {
  let next = 0;
  return {
    make: async () => {
      next += 1;
      const one = { handle: `namespace-${next}`, pid: next };
      namespaces.set(one.handle, one);
      most = Math.max(most, namespaces.size);
      return one;
    },
    list: async () => [...namespaces.values()],
    remove: async (handle) => void namespaces.delete(handle),
    pidOf: () => undefined,
    isListening: async () => listens,
  };
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-network-"));
  machine = createFakeMachine({ clock: systemClock });
  namespaces = new Map();
  most = 0;
  listens = true;
  manager = stubManager();
  const common = { clock: systemClock, random: () => 0, logger: createSilentLogger() };
  const host = stubNamespaces();
  network = createWorkerNetwork({
    ...common,
    runtime: createFakeRuntime({ ...common, machine, engineId: "abcdef", namespaces: host }),
    namespaces: host,
    manager: manager.port,
    poolSize: 2,
    leaveMs: 0,
    resolvFile: createResolvFile(folder),
  });
  engine = createEngine({
    ...{ ...common, network, runtime: network.runtime, leases: noLeases() },
    store: createMemoryStore(new Map()),
    report: () => undefined,
  });
  network.registered({ client_id: "worker", cluster_address: "127.0.0.1" });
  await network.start();
  await engine.start();
  await eventually(() => expect(namespaces.size).toBe(2));
});
afterEach(async () => {
  await engine.stop();
  await network.stop();
  machine.close();
  await rm(folder, { recursive: true });
});

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const deploy = (overrides: AssignmentOverrides = {}) => engine.upsert(anAssignment(overrides));
const statusOf = (number = 0) => engine.get(anAssignment({ instance_number: number }).key)?.status;
const attachedAs = (number = 0) => manager.attached.get(`app.ns.svc.ns/${number}`);

test("thousands of workloads come and go, and nothing is left of them", async () => {
  const rounds = 500;
  const atOnce = 20;
  for (let round = 0; round < rounds; round += 1) {
    const numbers = Array.from({ length: atOnce }, (_, index) => round * atOnce + index);
    await Promise.all(numbers.map((number) => deploy({ instance_number: number })));
    await eventually(() => expect(numbers.every((n) => statusOf(n) === "RUNNING")).toBe(true));
    await Promise.all(numbers.map((number) => deploy({ instance_number: number, wanted: false })));
    await eventually(() => expect(numbers.every((n) => statusOf(n) === "UNDEPLOYED")).toBe(true));
    for (const number of numbers) await engine.forget(`${aJobId}/${number}`);
  }
  expect(manager.state.attaches).toBe(rounds * atOnce);
  expect(manager.attached.size).toBe(0);
  await eventually(() => expect(namespaces.size).toBe(2));
  expect(manager.slots.size).toBe(2);
}, 120_000);

test("an instance that does not listen yet runs, and is not told as running", async () => {
  listens = false;
  await deploy({ job: { port: "8080:80" } });
  const isSeenToRun = () => [...machine.workloads.values()].some((one) => one.state === "running");
  await eventually(() => expect(isSeenToRun()).toBe(true));
  await eventually(() => expect(statusOf()).toBe("CREATED"));
  listens = true;
  await eventually(() => expect(statusOf()).toBe("RUNNING"));
});

test("an instance that is adopted is connected under its new pair", async () => {
  await deploy();
  await eventually(() => expect(statusOf()).toBe("RUNNING"));
  const before = attachedAs();
  await deploy({ epoch: 2, placement: 7 });
  await eventually(() => expect(attachedAs()).toMatchObject({ epoch: 2, placement: 7 }));
  expect(attachedAs()?.pid).toBe(before?.pid);
});

test("what ended while the net-manager was away is disconnected when it is back", async () => {
  await deploy();
  await eventually(() => expect(statusOf()).toBe("RUNNING"));
  manager.state.isAway = true;
  await deploy({ wanted: false });
  await eventually(() => expect(statusOf()).toBe("UNDEPLOYED"));
  expect(attachedAs()).toBeDefined();
  manager.state.isAway = false;
  await eventually(() => expect(attachedAs()).toBeUndefined());
});

test("who gave up keeps no namespace, and its container can still be looked at", async () => {
  await deploy({ job: { image: "fake/exit:0:after=1ms", one_shot: true } });
  await eventually(() => expect(statusOf()).toBe("COMPLETED"));
  await eventually(() => expect(attachedAs()).toBeUndefined());
  await eventually(() => expect(namespaces.size).toBe(2));
  expect(machine.workloads.size).toBe(1);
});

test("what waits is used first when there are no more addresses, and the next one fails", async () => {
  manager.state.free = 2;
  for (const number of [0, 1]) await deploy({ instance_number: number });
  await eventually(() => expect([statusOf(0), statusOf(1)]).toEqual(["RUNNING", "RUNNING"]));
  await deploy({ instance_number: 2 });
  await eventually(() =>
    expect(engine.get(anAssignment({ instance_number: 2 }).key)).toMatchObject({
      status: "FAILED",
      reason: "network_full",
    }),
  );
});

test("the last address is used by whoever needs it, also when it is just being made ready for nobody", async () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  manager.state.free = 3;
  for (const number of [0, 1]) await deploy({ instance_number: number });
  await eventually(() => expect([statusOf(0), statusOf(1)]).toEqual(["RUNNING", "RUNNING"]));
  manager.state.gate = opened;
  await eventually(() => expect(manager.slots.size).toBe(3));
  await deploy({ instance_number: 2 });
  await eventually(() => expect(namespaces.size).toBe(4));
  open();
  await eventually(() => expect(statusOf(2)).toBe("RUNNING"));
});

test("the cluster is told how many addresses there are, and nothing is made in advance beyond them", async () => {
  expect(network.capacity()).toBe(capacity);
  const numbers = Array.from({ length: capacity }, (_, number) => number);
  for (const number of numbers) await deploy({ instance_number: number });
  await eventually(() => expect(numbers.every((n) => statusOf(n) === "RUNNING")).toBe(true));
  await deploy({ instance_number: 0, wanted: false });
  await eventually(() => expect(statusOf(0)).toBe("UNDEPLOYED"));
  await eventually(() => expect(namespaces.size).toBe(capacity));
  expect(most).toBe(capacity);
});

test("leases reach the net-manager, also for an instance that is connected later", async () => {
  const { key } = anAssignment();
  network.renewLeases([{ key, leftMs: 5_000 }]);
  expect(manager.leases).toEqual([]);
  await deploy();
  await eventually(() => expect(manager.leases).toHaveLength(1));
  expect(manager.leases[0]?.forMs).toBeGreaterThan(3_000);
  network.renewLeases([{ key, leftMs: 7_000 }]);
  await eventually(() => expect(manager.leases[1]?.forMs).toBe(7_000));
});

test("a copy that is idle is told as it is held, and no more while the net-manager is away", async () => {
  const { key, epoch, placement } = anAssignment();
  await deploy();
  await eventually(() => expect(statusOf()).toBe("RUNNING"));
  const copy = { serviceName: "app.ns.svc.ns", instanceNumber: 0, epoch, placement };
  manager.idle.push({ ...copy, placement: placement + 1 }, { ...copy, instanceNumber: 1 });
  manager.idle.push(copy);
  await eventually(() => expect(network.idle()).toEqual([{ key, pair: { epoch, placement } }]));
  manager.state.isAway = true;
  await eventually(() => expect(network.idle()).toEqual([]));
});
