import { connect as connectSocket, type Socket } from "node:net";
import { createMetrics, createSilentLogger } from "@oak/kit";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import {
  type Credential,
  type CredentialChecker,
  createMqttBroker,
  type Identity,
  type MqttBrokerOptions,
} from "../src/index.ts";

export const workerA = "aaaaaaaaaaaaaaaaaaaaaaaa";
export const workerB = "bbbbbbbbbbbbbbbbbbbbbbbb";

/** Each worker's password is its id backwards; the manager's is "secret". */
export function testCredentials(): CredentialChecker & { forgotten: string[] } {
  const forgotten: string[] = [];
  return {
    forgotten,
    forget: (username) => forgotten.push(username),
    check: async ({ username, password }: Credential): Promise<Identity | undefined> => {
      if (username === "broken") throw new Error("the manager is away");
      if (username === "tier:manager")
        return password === "secret" ? { kind: "manager" } : undefined;
      return password === `pw-${username}` ? { kind: "worker", id: username } : undefined;
    },
  };
}

export async function startBroker(options: Partial<MqttBrokerOptions> = {}) {
  const metrics = createMetrics({ service: "mqtt-broker" });
  const credentials = testCredentials();
  const broker = createMqttBroker({
    listen: { host: "127.0.0.1", port: 0 },
    credentials,
    logger: createSilentLogger(),
    metrics,
    ...options,
  });
  await broker.start();
  const port = broker.port ?? 0;
  onTestFinished(() => broker.stop());

  const connect = async (wanted: IClientOptions): Promise<MqttClient> => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...wanted,
    });
    client.on("error", () => undefined);
    onTestFinished(() => {
      client.end(true);
    });
    return client;
  };
  return {
    broker,
    port,
    credentials,
    connect,
    asManager: (wanted: IClientOptions = {}) =>
      connect({ username: "tier:manager", password: "secret", ...wanted }),
    asWorker: (id: string, wanted: IClientOptions = {}) =>
      connect({ clientId: `${id}-ne`, username: id, password: `pw-${id}`, ...wanted }),
    openSocket: () => openSocket(port),
    metric: async (name: string) => readMetric(await metrics.render(), name),
  };
}

/** The sum of all samples of one metric. */
function readMetric(text: string, name: string): number {
  const samples = text.split("\n").filter((line) => line.startsWith(`oak_${name}{`));
  return samples.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connectSocket({ host: "127.0.0.1", port });
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** What a client has received, as `topic payload`. */
export function inbox(client: MqttClient): string[] {
  const received: string[] = [];
  client.on("message", (topic, payload) => received.push(`${topic} ${payload}`));
  return received;
}

/** Asks until the condition holds; fails after `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 8_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves with whether the socket was closed by the other side in time. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function packet(type: number, body: Buffer): Buffer {
  const header = [type];
  let rest = body.length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), body]);
}

/** The bytes of a CONNECT with user and password, for clients that do not behave. */
export function connectPacket(clientId: string, username: string, password: string): Buffer {
  const head = Buffer.concat([text("MQTT"), Buffer.from([4, 0b1100_0010, 0, 0])]);
  return packet(0x10, Buffer.concat([head, text(clientId), text(username), text(password)]));
}

export function subscribePacket(filter: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([0])]));
}

export function publishPacket(topic: string, payload: Buffer): Buffer {
  return packet(0x30, Buffer.concat([text(topic), payload]));
}
