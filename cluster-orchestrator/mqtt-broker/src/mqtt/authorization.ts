import type { Logger } from "@oak/kit";
import { fp } from "@oak/kit";
import type { AedesOptions, Client, PublishPacket } from "aedes";
import { mayPublish, maySubscribe } from "../domain/topic-rules.ts";
import type { BrokerMetrics } from "./broker-metrics.ts";
import type { Connection, Connections } from "./connections.ts";
import type { BrokerLimits } from "./limits.ts";

export interface AuthorizationOptions {
  connections: Connections;
  limits: BrokerLimits;
  metrics: BrokerMetrics;
  logger: Logger;
}

/** Nobody can subscribe here: what is sent to it is gone. */
const nowhere = "$dropped";
const nothing = Buffer.alloc(0);

/** Which topics an admitted client may use. */
export function createAuthorization({
  connections,
  limits,
  metrics,
  logger,
}: AuthorizationOptions): Required<
  Pick<AedesOptions, "authorizePublish" | "authorizeSubscribe" | "authorizeForward">
> {
  const complain = (client: Client, kind: string, facts: object): void => {
    const connection = connections.of(client);
    if (connection === undefined || connection.complaints.has(kind)) return;
    connection.complaints.add(kind);
    logger.warn({ clientId: client.id, ...facts }, `${kind} (further ones are only counted)`);
  };

  return {
    authorizePublish: (client, packet, callback) => {
      const identity = client === null ? undefined : connections.of(client)?.identity;
      if (identity !== undefined && mayPublish(identity, packet.topic)) {
        metrics.received.inc();
        fp("broker.received", packet.topic);
        // Retained messages would be delivered to whoever subscribes next, in any number of years.
        packet.retain = false;
      } else {
        // MQTT 3.1.1 can refuse a message only by closing the connection, and the client would be back
        // with the same message at once. So it is acknowledged and goes nowhere.
        metrics.dropped.inc({ reason: "forbidden" });
        if (client !== null)
          complain(client, "forbidden topic", { topic: shortened(packet.topic) });
        discard(packet);
      }
      callback(null);
    },
    authorizeSubscribe: (client, subscription, callback) => {
      const connection = connections.of(client);
      const refusal = refusalOf(connection, subscription.topic, limits);
      if (refusal === undefined) {
        connection?.filters.add(subscription.topic);
        callback(null, subscription);
        return;
      }
      metrics.refusedSubscriptions.inc({ reason: refusal });
      complain(client, "subscription refused", {
        filter: shortened(subscription.topic),
        reason: refusal,
      });
      // aedes answers 128 ("failure") in the SUBACK for a subscription that comes back as null
      callback(null, null);
    },
    authorizeForward: (_client, packet) => {
      metrics.sent.inc();
      return packet;
    },
  };
}

function refusalOf(
  connection: Connection | undefined,
  filter: string,
  { maxSubscriptions }: BrokerLimits,
): "forbidden" | "too_many" | undefined {
  const identity = connection?.identity;
  if (identity === undefined || !maySubscribe(identity, filter)) return "forbidden";
  const isNew = connection?.filters.has(filter) === false;
  const isFull = (connection?.filters.size ?? 0) >= maxSubscriptions;
  return identity.kind === "worker" && isNew && isFull ? "too_many" : undefined;
}

function discard(packet: PublishPacket): void {
  packet.topic = nowhere;
  packet.payload = nothing;
  packet.retain = false;
}

function shortened(topic: string): string {
  return topic.length > 100 ? `${topic.slice(0, 100)}…` : topic;
}
