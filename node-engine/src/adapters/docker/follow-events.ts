import { backoffCeiling, type Clock, type Logger, sleep } from "@oak/kit";
import { z } from "zod";
import type { DockerClient } from "./docker-client.ts";
import { LABELS } from "./labels.ts";
import { readLines } from "./read-lines.ts";

/** The part of Docker's event that counts. */
const DockerEvent = z.object({
  Action: z.string(),
  Actor: z.object({
    ID: z.string(),
    Attributes: z.record(z.string(), z.string()).default({}),
  }),
});

export interface ContainerEvent {
  action: string;
  id: string;
  labels: Readonly<Record<string, string>>;
}

export interface FollowEventsOptions {
  client: DockerClient;
  clock: Clock;
  random: () => number;
  logger: Logger;
  engineId: string;
  /** Called after each connect, the first one too: events before it may have been missed. */
  onConnect: () => void;
  onContainer: (event: ContainerEvent) => void;
}

const pause = { baseMs: 250, maxMs: 10_000 };
const connectTimeoutMs = 10_000;
const stableMs = 10_000;

/**
 * Follows the events of our containers until `signal` aborts, connecting again for as long as it takes.
 * Never rejects.
 */
export async function followEvents(
  options: FollowEventsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, random } = options;
  const position: Position = { since: undefined };
  let attempt = 0;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    const error = await followOnce(options, position, signal).catch((e: unknown) => e);
    if (signal.aborted) return;
    if (clock.monotonicMs() - startedMs > stableMs) attempt = 0;
    const delayMs = (backoffCeiling({ attempt, ...pause }) * (1 + random())) / 2;
    attempt += 1;
    logger.warn({ attempt, delayMs, err: error }, "docker event stream ended");
    await sleep(clock, delayMs, signal);
  }
}

/** `seconds.nanoseconds` of the newest event. */
interface Position {
  since: string | undefined;
}

async function followOnce(
  options: FollowEventsOptions,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  // Aborting a request whose answer has begun destroys the stream, so one signal serves both phases.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal.addEventListener("abort", abort, { once: true });
  const cancelTimeout = options.clock.setTimer(connectTimeoutMs, abort);
  try {
    const stream = await options.client.docker.getEvents(
      toQuery(options, position, controller.signal),
    );
    cancelTimeout();
    options.onConnect();
    for await (const line of readLines(stream)) readEvent(line, options, position);
  } finally {
    cancelTimeout();
    signal.removeEventListener("abort", abort);
    controller.abort();
  }
}

function toQuery({ engineId }: FollowEventsOptions, position: Position, abortSignal: AbortSignal) {
  return {
    filters: {
      type: ["container" as const],
      event: ["start", "die", "destroy"],
      label: [`${LABELS.engineId}=${engineId}`],
    },
    // A text, since a number cannot hold nanoseconds. Docker repeats the event at that very moment.
    ...(position.since !== undefined && { since: position.since as unknown as number }),
    abortSignal,
  };
}

function readEvent(line: string, options: FollowEventsOptions, position: Position): void {
  const parsed = DockerEvent.safeParse(parseJson(line));
  if (!parsed.success) {
    options.logger.debug({ line }, "docker event not understood");
    return;
  }
  position.since = readNanos(line) ?? position.since;
  const { ID: id, Attributes: labels } = parsed.data.Actor;
  options.onContainer({ action: parsed.data.Action, id, labels });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Taken from the text: JSON.parse would round nanoseconds. */
function readNanos(line: string): string | undefined {
  const digits = /"timeNano":(\d{10,})/.exec(line)?.[1];
  if (digits === undefined) return undefined;
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
