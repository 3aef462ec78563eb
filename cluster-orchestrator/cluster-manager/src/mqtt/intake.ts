import {
  InformationReport,
  InventoryReport,
  JobReport,
  PresenceReport,
  parseWorkerTopic,
  ResourcesReport,
  type UPWARD_TOPICS,
  WORKER_TOPICS,
} from "@oak/contracts";
import type { Logger, Metrics } from "@oak/kit";
import { createWorkerQueues } from "@oak/tier/mqtt";
import type { z } from "zod";

type UpwardTopic = (typeof UPWARD_TOPICS)[number];

const schemas = {
  information: InformationReport,
  job: JobReport,
  resources: ResourcesReport,
  inventory: InventoryReport,
  presence: PresenceReport,
} as const satisfies Record<UpwardTopic, z.ZodType>;

/** What is done with each kind of message; calls of one worker come one after the other. */
export type IntakeHandlers = {
  [Topic in UpwardTopic]: (
    workerId: string,
    report: z.output<(typeof schemas)[Topic]>,
  ) => Promise<void>;
};

/** Figures that the next message repeats need no confirmation by the broker. */
export const SUBSCRIPTIONS: Readonly<Record<string, { qos: 0 | 1 }>> = Object.fromEntries(
  Object.keys(schemas).map((topic) => {
    const qos = topic === "information" || topic === "resources" ? 0 : 1;
    return [`nodes/+/${WORKER_TOPICS[topic as UpwardTopic]}`, { qos }];
  }),
);

export interface IntakeDeps {
  handlers: IntakeHandlers;
  /** Called for each readable message of a worker as soon as it has come. */
  hear(workerId: string, session: number | undefined): void;
  /** before this everything is dropped: a worker must not seem unknown only because nothing is read yet */
  isReady(): boolean;
  logger: Logger;
  metrics: Metrics;
}

const mostWaiting = 256;
/** Who sends nonsense under ever new names must not fill the memory either. */
const mostRemembered = 10_000;

/** Messages of workers: parsed at the door, then taken in order. Returns at once. */
export function createIntake(deps: IntakeDeps) {
  const { logger } = deps;
  const count = createCounters(deps.metrics);
  const complained = new Set<string>();
  const queues = createWorkerQueues({
    limit: mostWaiting,
    onDropped: (topic) => count.dropped.inc({ topic }),
    onFailed: (worker, topic, err) => {
      count.failed.inc({ topic });
      logger.debug({ worker, topic, err }, "a message was not taken");
    },
  });

  const complain = (worker: string, topic: string, err: unknown): void => {
    count.malformed.inc({ topic });
    const id = `${worker} ${topic}`;
    if (complained.has(id) || complained.size >= mostRemembered) return;
    complained.add(id);
    logger.warn({ worker, topic, err }, "malformed message, further ones are only counted");
  };

  const take = <Topic extends UpwardTopic>(
    topic: Topic,
    workerId: string,
    payload: Buffer,
  ): void => {
    const parsed = parse(schemas[topic], payload);
    if (!parsed.ok) {
      complain(workerId, topic, parsed.error);
      return;
    }
    // A last will is the broker's word, not the worker's.
    if (topic !== "presence") deps.hear(workerId, parsed.report.session);
    const handle = deps.handlers[topic] as (id: string, report: unknown) => Promise<void>;
    queues.push(workerId, {
      topic,
      isReplaceable: topic === "information",
      take: () => handle(workerId, parsed.report),
    });
  };

  return {
    onMessage: (name: string, payload: Buffer): void => {
      if (!deps.isReady()) return;
      const to = parseWorkerTopic(name);
      if (to !== undefined && isUpward(to.topic)) take(to.topic, to.workerId, payload);
    },
    idle: queues.idle,
  };
}

/** Older workers have no sessions. */
interface AnyReport {
  session?: number | undefined;
}

function parse(
  schema: z.ZodType<AnyReport>,
  payload: Buffer,
): { ok: true; report: AnyReport } | { ok: false; error: unknown } {
  try {
    return { ok: true, report: schema.parse(JSON.parse(payload.toString("utf8"))) };
  } catch (error) {
    return { ok: false, error };
  }
}

function isUpward(topic: string): topic is UpwardTopic {
  return topic in schemas;
}

function createCounters(metrics: Metrics) {
  const labels = ["topic"] as const;
  return {
    malformed: metrics.counter({
      name: "cluster_malformed_messages_total",
      help: "Messages of workers that could not be read",
      labels,
    }),
    dropped: metrics.counter({
      name: "cluster_dropped_messages_total",
      help: "Messages of workers that found no room in their queue",
      labels,
    }),
    failed: metrics.counter({
      name: "cluster_failed_messages_total",
      help: "Messages of workers that could not be taken, mostly for want of the database",
      labels,
    }),
  };
}
