import { type Clock, type Logger, sleep } from "@oak/kit";
import { createFault, faultOf, RuntimeFault } from "../domain/fault.ts";
import type { ObservedWorkload, WorkloadSpec } from "../domain/workload.ts";
import type { Runtime, RuntimeEvent } from "../ports.ts";
import type { Attachments } from "./attachments.ts";
import { createLooks } from "./looks.ts";
import type { NamespacePool } from "./namespace-pool.ts";
import { createOpenings } from "./openings.ts";
import type { NamespaceHost } from "./ports.ts";

export interface NetworkedRuntimeDeps {
  runtime: Runtime;
  namespaces: NamespaceHost;
  pool: NamespacePool;
  attachments: Attachments;
  /** How long one that is to end goes on, so that the others hear that it is to be dialled no more. */
  leaveMs: number;
  /** File of this machine that names the resolver of workloads. */
  resolvFile: string;
  clock: Clock;
  logger: Logger;
}

/** A runtime whose workloads find their network complete at their first instruction. */
export interface NetworkedRuntime extends Runtime {
  /** Tells anew how this workload looks. */
  refresh(handle: string): void;
}

/**
 * Puts each workload into a namespace that is connected already. The namespace belongs to the workload from its creation to its
 * removal, however often it is started. Should its holder be lost, the workload goes on if it runs, and is made again before it would be
 * started once more.
 */
export function createNetworkedRuntime(deps: NetworkedRuntimeDeps): NetworkedRuntime {
  const { runtime, namespaces, pool, attachments, clock, logger } = deps;
  const looks = createLooks({
    isAlive: (namespace) => pool.pidOf(namespace) !== undefined,
    portsOf: attachments.portsOf,
    isOpening: (handle) => openings.has(handle),
  });
  const openings = createOpenings({
    ...deps,
    look: looks.get,
    onOpen: (handle) => refresh(handle),
  });
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const leaving = new Map<string, Promise<void>>();

  const emit = (event: RuntimeEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const refresh = (handle: string): void => {
    const workload = looks.get(handle);
    if (workload !== undefined) emit({ kind: "changed", workload: looks.describe(workload) });
  };

  const letGo = async (handle: string, namespace: string | undefined): Promise<void> => {
    await attachments.detach(handle);
    if (namespace !== undefined) pool.drop(namespace);
  };
  /** It is gone, by us or by somebody else. Resolves when it is disconnected, whoever began that. */
  const forget = (handle: string): Promise<void> => {
    const present = leaving.get(handle) ?? letGo(handle, looks.drop(handle));
    leaving.set(handle, present);
    void present.finally(() => leaving.delete(handle));
    return present;
  };

  const startWorkload = async (handle: string): Promise<void> => {
    const workload = looks.get(handle) ?? (await runtime.look(handle));
    if (workload === undefined) throw new RuntimeFault(createFault("workload_gone"));
    looks.see(workload);
    try {
      const pid = workload.room && pool.pidOf(workload.room.namespace);
      if (pid === undefined) throw new RuntimeFault(createFault("network_lost"));
      await attachments.attach(workload, pid);
      await openings.start(workload, pid);
    } catch (error) {
      if (faultOf(error).reason === "network_lost") {
        if (workload.room !== undefined) pool.lost(workload.room.namespace);
        // Its pass looks again, and finds it cut off.
        refresh(handle);
      }
      throw error;
    }
  };

  const list = async (): Promise<ObservedWorkload[]> => {
    const mark = pool.mark();
    const known = looks.handles();
    const spaces = await namespaces.list();
    const workloads = await runtime.list();
    const listed = new Set(workloads.map(({ handle }) => handle));
    for (const handle of known) if (!listed.has(handle)) await forget(handle);
    for (const workload of workloads) looks.see(workload);
    pool.adopt(spaces, looks.namespaces(), mark);
    for (const workload of workloads) adopt(workload);
    pool.open();
    return workloads.map(looks.describe);
  };

  const adopt = ({ handle, room, state, ...rest }: ObservedWorkload): void => {
    if (room === undefined || state !== "running") return;
    const pid = pool.pidOf(room.namespace) ?? namespaces.pidOf(handle);
    if (pid !== undefined) attachments.adopt({ ...rest, handle, room, state }, pid);
  };

  const loseNamespace = (namespace: string): void => {
    if (!pool.lost(namespace)) return;
    logger.warn({ namespace }, "namespace lost");
    for (const handle of looks.of(namespace)) refresh(handle);
  };

  const onEvent = (event: RuntimeEvent): void => {
    if (event.kind === "namespace_gone") loseNamespace(event.handle);
    else if (event.kind === "changed") emit({ ...event, workload: looks.see(event.workload) });
    // Whoever hears that it is gone may take it for disconnected as well.
    else if (event.kind === "removed") void forget(event.handle).then(() => emit(event));
    else emit(event);
  };
  runtime.events(onEvent);

  return {
    ...runtime,
    stop: async () => {
      openings.stop();
      await runtime.stop();
      await pool.close();
      await attachments.stop();
    },
    events: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    list,
    create: (spec) => withRightOfWay(pool, async () => looks.see(await createIn(deps, spec))),
    startWorkload: (handle) => withRightOfWay(pool, () => startWorkload(handle)),
    stopWorkload: async (handle, options) => {
      const workload = looks.get(handle);
      const isInUse = workload?.state === "running" && workload.room !== undefined;
      if (isInUse) await sleep(clock, deps.leaveMs);
      await runtime.stopWorkload(handle, options);
    },
    look: async (handle) => {
      const workload = await runtime.look(handle);
      return workload && looks.see(workload);
    },
    remove: async (handle) => {
      await runtime.remove(handle);
      await forget(handle);
    },
    letGo: (handle) => void letGo(handle, looks.get(handle)?.room?.namespace),
    refresh,
  };
}

async function createIn(
  { runtime, pool, resolvFile }: NetworkedRuntimeDeps,
  spec: WorkloadSpec,
): Promise<ObservedWorkload> {
  const namespace = await pool.take();
  try {
    const made = await runtime.create(spec, { namespace, ports: spec.ports, resolvFile });
    // Made by an earlier call whose answer was lost, in a namespace of its own.
    if (made.room?.namespace !== namespace) pool.giveBack(namespace);
    return made;
  } catch (error) {
    // Without an answer nobody knows what is in it now.
    if (faultOf(error).reason === "runtime_unavailable") pool.drop(namespace);
    else pool.giveBack(namespace);
    throw error;
  }
}

async function withRightOfWay<T>(pool: NamespacePool, work: () => Promise<T>): Promise<T> {
  const isOver = pool.giveWay();
  try {
    return await work();
  } finally {
    isOver();
  }
}
