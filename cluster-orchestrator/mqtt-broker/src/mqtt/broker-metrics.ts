import type { Metrics } from "@oak/kit";

interface Count {
  inc(): void;
}

interface CountByReason {
  inc(labels: { reason: string }): void;
}

/** What the broker counts. Every message passes here, so there are no labels of topic or client. */
export interface BrokerMetrics {
  clients: Count & { dec(): void };
  received: Count;
  sent: Count;
  dropped: CountByReason;
  refusedSubscriptions: CountByReason;
  refusedClients: CountByReason;
  cutClients: CountByReason;
}

export function createBrokerMetrics(metrics: Metrics): BrokerMetrics {
  return {
    clients: metrics.gauge({ name: "mqtt_clients", help: "Admitted clients" }),
    received: metrics.counter({
      name: "mqtt_messages_received_total",
      help: "Messages that clients published",
    }),
    sent: metrics.counter({
      name: "mqtt_messages_sent_total",
      help: "Messages handed to subscribers, one for each",
    }),
    dropped: metrics.counter({
      name: "mqtt_messages_dropped_total",
      help: "Published messages that went nowhere",
      labels: ["reason"],
    }),
    refusedSubscriptions: metrics.counter({
      name: "mqtt_subscriptions_refused_total",
      help: "Subscriptions that were not allowed",
      labels: ["reason"],
    }),
    refusedClients: metrics.counter({
      name: "mqtt_clients_refused_total",
      help: "Connections that were not admitted",
      labels: ["reason"],
    }),
    cutClients: metrics.counter({
      name: "mqtt_clients_cut_total",
      help: "Connections that ended without a goodbye",
      labels: ["reason"],
    }),
  };
}
