import { hasRoomPorts, type ObservedWorkload } from "../domain/workload.ts";
import type { Runtime } from "../ports.ts";
import { type UntilListeningDeps, untilListening } from "./until-listening.ts";

export interface OpeningsDeps extends Omit<UntilListeningDeps, "signal"> {
  runtime: Pick<Runtime, "startWorkload">;
  look: (handle: string) => ObservedWorkload | undefined;
  /** It listens, or has had its time. */
  onOpen: (handle: string) => void;
}

/**
 * Workloads that were started and are given a moment to listen on their ports. They are seen to run at once, as whoever may
 * have to end them must see; only the word of that waits.
 */
export interface Openings {
  has(handle: string): boolean;
  /** @throws RuntimeFault of the start */
  start(workload: ObservedWorkload, pid: number): Promise<void>;
  /** Nothing is waited for any more. */
  stop(): void;
}

export function createOpenings(deps: OpeningsDeps): Openings {
  const { runtime, look, onOpen } = deps;
  const opening = new Set<string>();
  const stopping = new AbortController();

  const untilOpen = async (handle: string, pid: number): Promise<void> => {
    await untilListening({ ...deps, signal: stopping.signal }, pid, () => look(handle));
    opening.delete(handle);
    onOpen(handle);
  };

  return {
    has: (handle) => opening.has(handle),
    start: async (workload, pid) => {
      const { handle } = workload;
      if (!hasRoomPorts(workload)) return runtime.startWorkload(handle);
      // Before the event of its start.
      opening.add(handle);
      try {
        await runtime.startWorkload(handle);
      } catch (error) {
        opening.delete(handle);
        throw error;
      }
      void untilOpen(handle, pid);
    },
    stop: () => stopping.abort(),
  };
}
