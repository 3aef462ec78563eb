import type { Logger } from "@oak/kit";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { Runtime } from "../ports.ts";
import type { NamespaceHost } from "./ports.ts";

/**
 * A runtime whose agent has used namespaces before, and does not any more. What runs goes on; what would be started again is made
 * again, and namespaces that hold nothing are removed.
 */
export function withoutNetwork(
  runtime: Runtime,
  namespaces: NamespaceHost,
  logger: Logger,
): Runtime {
  const describe = (workload: ObservedWorkload): ObservedWorkload =>
    workload.room === undefined || workload.state === "running"
      ? workload
      : { ...workload, isCutOff: true };

  const tidy = async (workloads: readonly ObservedWorkload[]): Promise<void> => {
    const used = new Set(workloads.map(({ room }) => room?.namespace));
    try {
      for (const { handle } of await namespaces.list()) {
        if (!used.has(handle)) await namespaces.remove(handle);
      }
    } catch (error) {
      logger.warn({ err: error }, "namespaces of an earlier agent not removed yet");
    }
  };

  return {
    ...runtime,
    list: async () => {
      const workloads = await runtime.list();
      await tidy(workloads);
      return workloads.map(describe);
    },
    look: async (handle) => {
      const workload = await runtime.look(handle);
      return workload && describe(workload);
    },
    events: (listener) =>
      runtime.events((event) =>
        listener(
          event.kind === "changed" ? { ...event, workload: describe(event.workload) } : event,
        ),
      ),
  };
}
