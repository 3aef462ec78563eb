import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineIdsBelow, removeContainersOf } from "./engine-containers.ts";
import { createPortLeases, type PortLease, type PortLeases } from "./port-leases.ts";
import {
  createServiceProcess,
  type ServiceProcess,
  type ServiceProcessOptions,
} from "./service-process.ts";

/** A program of a test bed: its log goes to the bed's folder. */
export type BedProcessOptions = Omit<ServiceProcessOptions, "logFile">;

/**
 * What tests with real processes share: a temporary folder, ports, programs, and their end. With vitest:
 *
 *     const bed = await createTestBed();
 *     onTestFailed(() => process.stderr.write(bed.logs()));
 *     onTestFinished(() => bed.close());
 */
export interface TestBed {
  /** Where everything of this test lies. */
  readonly folder: string;
  /** In the order in which they were made. */
  readonly processes: readonly ServiceProcess[];
  leasePorts(count: number): Promise<number[]>;
  /** See {@link PortLeases.leaseOffset}. */
  leaseOffset(ports: readonly number[]): Promise<number>;
  /** A program that does not run yet. */
  addProcess(options: BedProcessOptions): ServiceProcess;
  /** SIGKILL to all of them at once, as a power cut would; waits until they are gone. */
  killAll(): Promise<void>;
  /** Something else to take away at the end; the last one added goes first. */
  onClose(cleanUp: () => Promise<unknown>): void;
  /** The ends of all logs, for a message. */
  logs(lines?: number): string;
  /**
   * Kills what runs, removes the containers of every node-engine with data in the folder, gives the ports
   * back and deletes the folder. Does all of it even if a part fails, and throws then; twice is no error.
   */
  close(): Promise<void>;
}

export async function createTestBed(leases: PortLeases = createPortLeases()): Promise<TestBed> {
  const folder = await mkdtemp(join(tmpdir(), "oak-bed-"));
  const processes: ServiceProcess[] = [];
  const held: PortLease[] = [];
  const cleanUps: (() => Promise<unknown>)[] = [];
  let closing: Promise<void> | undefined;

  const killAll = async (): Promise<void> => {
    await Promise.all(processes.map((service) => service.kill()));
  };

  const removeContainers = async (): Promise<void> => {
    for (const engineId of await engineIdsBelow(folder)) await removeContainersOf(engineId);
  };

  const close = async (): Promise<void> => {
    await runAll([
      killAll,
      // What containers use, an image for one, can only be taken away after them.
      removeContainers,
      ...cleanUps.toReversed(),
      async () => {
        for (const lease of held) lease.release();
      },
      () => rm(folder, { recursive: true, force: true }),
    ]);
  };

  return {
    folder,
    processes,
    leasePorts: async (count) => {
      const lease = await leases.lease(count);
      held.push(lease);
      return [...lease.ports];
    },
    leaseOffset: async (ports) => {
      const lease = await leases.leaseOffset(ports);
      held.push(lease);
      return lease.offset;
    },
    addProcess: (options) => {
      const logFile = join(folder, `${options.name.replaceAll(/\W+/g, "-")}.log`);
      const service = createServiceProcess({ ...options, logFile });
      processes.push(service);
      return service;
    },
    killAll,
    onClose: (cleanUp) => {
      cleanUps.push(cleanUp);
    },
    logs: (lines) =>
      processes.map((one) => `===== ${one.name}\n${one.logTail(lines)}\n`).join("\n"),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** One after the other, all of them; then throws what went wrong. */
async function runAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, "The test bed could not be taken away");
}
