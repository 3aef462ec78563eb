import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { z } from "zod";

const DockerEvent = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

/** Something that happened to a container, and when this process heard of it. */
export interface ContainerEvent {
  action: string;
  id: string;
  labels: Readonly<Record<string, string>>;
  /** as `performance.now()` */
  atMs: number;
}

/** Docker's own events, heard in the process that measures. */
export interface ContainerEvents {
  /** The next event of this kind; ask before the cause, for what has passed is not kept. */
  next(action: string, isMeant: (event: ContainerEvent) => boolean): Promise<ContainerEvent>;
  close(): void;
}

const patienceMs = 60_000;

/** The next events of this kind, each of another container, in no order. */
export function nextOnes(
  events: ContainerEvents,
  action: string,
  { count, isMeant }: { count: number; isMeant: (event: ContainerEvent) => boolean },
): Promise<ContainerEvent[]> {
  const taken = new Set<string>();
  const takeOne = (): Promise<ContainerEvent> => {
    let isDone = false;
    // Asked anew for what comes in the same chunk, before it is taken off the list.
    return events.next(action, (event) => {
      if (isDone || taken.has(event.id) || !isMeant(event)) return false;
      isDone = true;
      taken.add(event.id);
      return true;
    });
  };
  return Promise.all(Array.from({ length: count }, takeOne));
}

export async function followContainerEvents(docker: Docker): Promise<ContainerEvents> {
  const stream = (await docker.getEvents({ filters: { type: ["container"] } })) as Readable;
  const listeners = new Set<(event: ContainerEvent) => void>();
  // Several events may come in one chunk, and one in two.
  const lines = createInterface({ input: stream });
  lines.on("line", (line) => {
    const atMs = performance.now();
    const { Action: action, Actor } = DockerEvent.parse(JSON.parse(line));
    const event = { action, id: Actor.ID, labels: Actor.Attributes, atMs };
    for (const listener of listeners) listener(event);
  });
  // Ends with `close`, or with Docker: then the waits run out of patience.
  for (const one of [stream, lines]) one.on("error", () => undefined);
  return {
    next: (action, isMeant) => {
      const patience = new AbortController();
      let listener: (event: ContainerEvent) => void = () => undefined;
      const heard = new Promise<ContainerEvent>((resolve) => {
        listener = (event) => {
          if (event.action === action && isMeant(event)) resolve(event);
        };
        listeners.add(listener);
      });
      const late = delay(patienceMs, undefined, { signal: patience.signal }).then(() => {
        throw new Error(`Docker told of no "${action}" within ${patienceMs / 1000} s`);
      });
      return Promise.race([heard, late]).finally(() => {
        listeners.delete(listener);
        patience.abort();
        late.catch(() => undefined);
      });
    },
    close: () => stream.destroy(),
  };
}
