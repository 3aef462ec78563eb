import type { RuntimeEvent } from "../../ports.ts";
import type { Inspector } from "./container-inspector.ts";
import { type ContainerEvent, type FollowEventsOptions, followEvents } from "./follow-events.ts";
import { PAUSE_LABEL } from "./labels.ts";

export interface ContainerEvents {
  start(): Promise<void>;
  stop(): Promise<void>;
  subscribe(listener: (event: RuntimeEvent) => void): () => void;
}

export type ContainerEventsOptions = Omit<FollowEventsOptions, "onConnect" | "onContainer"> & {
  inspector: Inspector;
};

/** Turns Docker's events into looks at the container that they name. */
export function createContainerEvents(options: ContainerEventsOptions): ContainerEvents {
  const { inspector } = options;
  const listeners = new Set<(event: RuntimeEvent) => void>();
  let controller: AbortController | undefined;
  let following: Promise<void> | undefined;

  const emit = (event: RuntimeEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const look = async (handle: string): Promise<void> => {
    try {
      const workload = await inspector.inspect(handle);
      emit(workload === undefined ? { kind: "removed", handle } : { kind: "changed", workload });
    } catch (error) {
      options.logger.warn({ handle, err: error }, "container of an event could not be inspected");
      emit({ kind: "resync" });
    }
  };

  const onContainer = ({ action, id, labels }: ContainerEvent): void => {
    if (labels[PAUSE_LABEL.key] === PAUSE_LABEL.value) {
      if (action !== "start") emit({ kind: "namespace_gone", handle: id });
      return;
    }
    if (action === "destroy") {
      inspector.forget(id);
      emit({ kind: "removed", handle: id });
      return;
    }
    // look() answers for its own errors.
    void look(id);
  };

  return {
    start: async () => {
      if (controller !== undefined) return;
      controller = new AbortController();
      const onConnect = (): void => emit({ kind: "resync" });
      const followed = { ...options, onConnect, onContainer };
      following = followEvents(followed, controller.signal);
    },
    stop: async () => {
      controller?.abort();
      await following;
      controller = undefined;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
