import {
  AttachedReport,
  InterestRemoval,
  type NET_UPWARD_TOPICS,
  parseNetTopic,
  SubnetRequest,
  TableQuery,
  TunnelOffer,
} from "@oak/contracts";
import type { Logger, Metrics } from "@oak/kit";
import { createWorkerQueues } from "@oak/tier/mqtt";
import { z } from "zod";

type UpwardTopic = (typeof NET_UPWARD_TOPICS)[number];

const schemas = {
  subnet: SubnetRequest,
  query: TableQuery,
  deployed: AttachedReport,
  // upstream: known, sent by nobody, and without effect
  undeployed: z.unknown(),
  addressChanged: AttachedReport,
  interestRemove: InterestRemoval,
  tunnelOffer: TunnelOffer,
} as const satisfies Record<UpwardTopic, z.ZodType>;

/** What is done with each kind of message; calls of one worker come one after the other. */
export type IntakeHandlers = {
  [Topic in UpwardTopic]: (
    workerId: string,
    message: z.output<(typeof schemas)[Topic]>,
  ) => Promise<void>;
};

/** upstream: this one filter. */
export const SUBSCRIPTIONS: Readonly<Record<string, { qos: 0 | 1 }>> = {
  "nodes/+/net/#": { qos: 1 },
};

export interface IntakeDeps {
  handlers: IntakeHandlers;
  /** Before this everything is dropped: an answer out of ignorance would be taken for the truth. */
  isReady(): boolean;
  logger: Logger;
  metrics: Metrics;
}

const mostWaiting = 256;

/** Messages of net-managers: parsed at the door, then taken in order. Returns at once, never throws. */
export function createIntake({ handlers, isReady, logger, metrics }: IntakeDeps) {
  const messages = metrics.counter({
    name: "network_messages_total",
    help: "Messages of net-managers by what became of them",
    labels: ["topic", "outcome"],
  });
  const queues = createWorkerQueues({
    limit: mostWaiting,
    onDropped: (topic) => messages.inc({ topic, outcome: "dropped" }),
    onFailed: (worker, topic, err) => {
      messages.inc({ topic, outcome: "failed" });
      logger.debug({ worker, topic, err }, "a message was not taken");
    },
  });
  return {
    onMessage: (name: string, payload: Buffer): void => {
      const to = parseNetTopic(name);
      // Our own answers come back through the filter.
      if (to === undefined || !isUpward(to.topic) || !isReady()) return;
      const { topic, workerId } = to;
      const parsed = read(schemas[topic], payload);
      if (!parsed.ok) {
        messages.inc({ topic, outcome: "malformed" });
        logger.debug({ worker: workerId, topic, err: parsed.error }, "malformed message");
        return;
      }
      const handle = handlers[topic] as (id: string, message: unknown) => Promise<void>;
      const take = async (): Promise<void> => {
        await handle(workerId, parsed.message);
        messages.inc({ topic, outcome: "taken" });
      };
      queues.push(workerId, { topic, isReplaceable: false, take });
    },
    idle: queues.idle,
  };
}

function read(
  schema: z.ZodType,
  payload: Buffer,
): { ok: true; message: unknown } | { ok: false; error: unknown } {
  try {
    return { ok: true, message: schema.parse(JSON.parse(payload.toString("utf8"))) };
  } catch (error) {
    return { ok: false, error };
  }
}

function isUpward(topic: string): topic is UpwardTopic {
  return Object.hasOwn(schemas, topic);
}
