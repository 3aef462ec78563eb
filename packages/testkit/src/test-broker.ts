import { createMetrics, createSilentLogger } from "@oak/kit";
import {
  createMqttBroker,
  createTierCredentials,
  type MqttBroker,
  type TlsIdentity,
} from "@oak/mqtt-broker";
import { connectAsync, type MqttClient } from "mqtt";

/** The worker that a {@link TestBroker} lets in. */
export interface WorkerLogin {
  id: string;
  password: string;
}

/** The broker of a cluster within a test's own process. */
export interface TestBroker extends Pick<MqttBroker, "disconnect" | "stop"> {
  readonly port: number;
  /** As a part of the cluster, `cluster-manager` for one. */
  connect(part: string): Promise<MqttClient>;
}

const tierSecret = "the-secret-of-this-tier";

/** @param worker who is let in at the moment, beside the cluster's own parts */
export async function startTestBroker(
  worker: () => WorkerLogin | undefined,
  tls?: TlsIdentity,
): Promise<TestBroker> {
  const broker = createMqttBroker({
    listen: { host: "127.0.0.1", port: 0 },
    ...(tls !== undefined && { tls }),
    credentials: createTierCredentials(tierSecret, {
      check: async ({ username, password }) =>
        username === worker()?.id && password === worker()?.password
          ? { kind: "worker", id: username }
          : undefined,
      forget: () => undefined,
    }),
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "mqtt-broker" }),
  });
  await broker.start();
  const { port } = broker;
  if (port === undefined) throw new Error("The broker does not listen");
  return {
    port,
    disconnect: broker.disconnect,
    stop: broker.stop,
    connect: async (part) => {
      const client = await connectAsync(
        `${tls === undefined ? "mqtt" : "mqtts"}://127.0.0.1:${port}`,
        {
          rejectUnauthorized: false,
          username: `tier:${part}`,
          password: tierSecret,
          reconnectPeriod: 0,
        },
      );
      client.on("error", () => undefined);
      return client;
    },
  };
}
