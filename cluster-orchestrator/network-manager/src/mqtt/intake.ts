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
import { createWorkerQueues, type WorkerQueuesOptions } from "@oak/tier/mqtt";
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

/** A message as it was read. */
export type UpwardMessage = {
  [Topic in UpwardTopic]: { topic: Topic; message: z.output<(typeof schemas)[Topic]> };
}[UpwardTopic];

/** What is done with each kind of message. */
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
  /** Whether it cannot be taken without a word of the root. */
  asksRoot(workerId: string, message: UpwardMessage): boolean;
  logger: Logger;
  metrics: Metrics;
}

const mostWaiting = 256;
const mostAsking = 16;

/**
 * Messages of net-managers: parsed at the door, then taken; those of one worker in order, but for what waits for the
 * root: while that is away nothing else may have to wait as well. Returns at once, never throws.
 */
export function createIntake({ handlers, isReady, asksRoot, logger, metrics }: IntakeDeps) {
  const messages = metrics.counter({
    name: "network_messages_total",
    help: "Messages of net-managers by what became of them",
    labels: ["topic", "outcome"],
  });
  const options: WorkerQueuesOptions = {
    limit: mostWaiting,
    onDropped: (topic) => messages.inc({ topic, outcome: "dropped" }),
    onFailed: (worker, topic, err) => {
      messages.inc({ topic, outcome: "failed" });
      logger.debug({ worker, topic, err }, "a message was not taken");
    },
  };
  const inOrder = createWorkerQueues(options);
  const asking = createWorkerQueues({ ...options, atOnce: mostAsking });
  return {
    onMessage: (name: string, payload: Buffer): void => {
      const to = parseNetTopic(name);
      // Our own answers come back through the filter.
      if (to === undefined || !isUpward(to.topic) || !isReady()) return;
      const { topic, workerId } = to;
      const parsed = parse(schemas[topic], payload);
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
      const read = { topic, message: parsed.message } as UpwardMessage;
      const queues = asksRoot(workerId, read) ? asking : inOrder;
      queues.push(workerId, { topic, isReplaceable: false, take });
    },
    idle: async () => {
      await Promise.all([inOrder.idle(), asking.idle()]);
    },
  };
}

function parse(
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
