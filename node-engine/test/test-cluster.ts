import { randomBytes } from "node:crypto";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Server } from "node:net";
import { text } from "node:stream/consumers";
import {
  type HeardNotice,
  InformationReport,
  InventoryReport,
  JobReport,
  type NamedCopy,
  NodeRegistration,
  PresenceReport,
  parseWorkerTopic,
  ResourcesReport,
  type SignOfLifeTerms,
  workerTopic,
} from "@oak/contracts";
import { connectAsync, type MqttClient } from "mqtt";
import { vi } from "vitest";
import type { TlsIdentity } from "../../cluster-orchestrator/mqtt-broker/src/index.ts";
import { startRelay } from "../../packages/testkit/src/processes/relay.ts";
import {
  startTestBroker,
  type TestBroker,
  type WorkerLogin,
} from "../../packages/testkit/src/test-broker.ts";
import { incarnation } from "./commands.ts";

const schemas = {
  information: InformationReport,
  job: JobReport,
  resources: ResourcesReport,
  inventory: InventoryReport,
  presence: PresenceReport,
};
type Reports = { [Topic in keyof typeof schemas]: ReturnType<(typeof schemas)[Topic]["parse"]> };

export const joinSecret = "the-worker-join-secret";

interface Message {
  topic: string;
  message: unknown;
}

/** What the cluster-manager would remember of the one worker of a test. */
interface KnownWorker extends WorkerLogin {
  session: number;
}

/**
 * A cluster as a worker sees it: the real broker, and in place of the cluster-manager a script that
 * registers as that does and keeps what it hears. Every report is checked against the contracts.
 */
export interface TestCluster {
  readonly httpPort: number;
  joinSecret: string;
  readonly worker: KnownWorker | undefined;
  readonly registrations: { registration: NodeRegistration; bearer: string | undefined }[];
  /** In place of the usual answer: a status, with an error code. */
  refuse: { status: number; error: string } | undefined;
  heard<Topic extends keyof Reports>(topic: Topic): Reports[Topic][];
  /** Topics in the order of all messages. */
  order(): string[];
  forgetHeard(): void;
  /** From now on each heartbeat is answered with these names; undefined: not at all. */
  name(copies: readonly NamedCopy[] | undefined): void;
  /** When the last heartbeat that was answered came, in ms of the wall clock. */
  answeredAtMs(): number;
  send(
    topic: "deploy" | "delete" | "sync" | "askInventory" | "error",
    message: unknown,
  ): Promise<void>;
  sendRaw(suffix: string, payload: Buffer): Promise<void>;
  /** The password that the worker has is good no more. */
  revokePassword(): void;
  /** Connections to the broker are cut and refused until the next call. */
  setBrokerReachable(isReachable: boolean): void;
  /** Connections to the broker stay, and carry nothing until the next call. */
  setBrokerStalled(isStalled: boolean): void;
  /** The broker is a new process, as far as its clients can tell. */
  restartBroker(tls?: TlsIdentity): Promise<void>;
  /** Another client under the worker's name, with its password. */
  connectAsWorker(): Promise<MqttClient>;
  stop(): Promise<void>;
}

export const eventually = <T>(check: () => T | Promise<T>, timeout = 15_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 10 });

export interface TestClusterOptions {
  heartbeatMs?: number;
  /** What the worker of a session is told of signs of life. */
  signTerms?: (worker: { id: string; session: number }) => SignOfLifeTerms;
}

export async function startTestCluster({
  heartbeatMs = 100,
  signTerms,
}: TestClusterOptions = {}): Promise<TestCluster> {
  const registrations: TestCluster["registrations"] = [];
  const messages: Message[] = [];
  let worker: KnownWorker | undefined;
  let refuse: TestCluster["refuse"];
  let secret = joinSecret;
  let named: readonly NamedCopy[] | undefined;
  let answeredAtMs = 0;
  const onInformation = ({ session = 0, seq = 0 }: InformationReport): void => {
    if (named === undefined) return;
    answeredAtMs = Date.now();
    const notice: HeardNotice = { session, seq, copies: [...named] };
    manager.publish(workerTopic(worker?.id ?? "", "heard"), JSON.stringify(notice), { qos: 0 });
  };
  let broker = await startTestBroker(() => worker);
  const relay = await startRelay(() => broker.port);
  const rivals: MqttClient[] = [];
  let manager = await connectManager(broker, { messages, onInformation });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const registration = NodeRegistration.parse(JSON.parse(await text(request)));
    const bearer = request.headers.authorization?.replace("Bearer ", "");
    registrations.push({ registration, bearer });
    const isKnown = worker !== undefined && bearer === worker.password;
    const isAdmitted = isKnown || registration.token === secret;
    if (refuse !== undefined || !isAdmitted) {
      const { status, error } = refuse ?? { status: 401, error: "join_refused" };
      send(response, status, { error, message: error });
      return;
    }
    worker = {
      id: worker?.id ?? randomBytes(12).toString("hex"),
      session: (worker?.session ?? 0) + 1,
      password: isKnown && bearer ? bearer : randomBytes(12).toString("hex"),
    };
    send(response, 200, {
      id: worker.id,
      MQTT_BROKER_PORT: String(relay.port),
      session: worker.session,
      incarnation,
      mqtt: { username: worker.id, password: worker.password },
      heartbeat_ms: heartbeatMs,
      ...(signTerms !== undefined && { sign_of_life: signTerms(worker) }),
    });
  };
  const http = createHttpServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      send(response, 500, { error: String(error) }),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));

  const publish = async (topic: string, payload: string | Buffer): Promise<void> => {
    await manager.publishAsync(topic, payload, { qos: 1 });
  };
  return {
    httpPort: portOf(http),
    get joinSecret() {
      return secret;
    },
    set joinSecret(next) {
      secret = next;
    },
    get worker() {
      return worker;
    },
    registrations,
    get refuse() {
      return refuse;
    },
    set refuse(next) {
      refuse = next;
    },
    heard: (topic) =>
      messages
        .filter((one) => parseWorkerTopic(one.topic)?.topic === topic)
        .map(({ message }) => message as Reports[typeof topic]),
    order: () => messages.map(({ topic }) => parseWorkerTopic(topic)?.topic ?? ""),
    forgetHeard: () => {
      messages.length = 0;
    },
    name: (copies) => {
      named = copies;
    },
    answeredAtMs: () => answeredAtMs,
    send: (topic, message) =>
      publish(workerTopic(worker?.id ?? "", topic), JSON.stringify(message)),
    sendRaw: (suffix, payload) => publish(`nodes/${worker?.id}/control/${suffix}`, payload),
    revokePassword: () => {
      if (worker !== undefined) worker.password = randomBytes(12).toString("hex");
      broker.disconnect(worker?.id ?? "");
    },
    setBrokerReachable: (isReachable) => relay.cut(!isReachable),
    setBrokerStalled: relay.stall,
    restartBroker: async (tls) => {
      manager.end(true);
      await broker.stop();
      broker = await startTestBroker(() => worker, tls);
      manager = await connectManager(broker, { messages, onInformation });
    },
    connectAsWorker: async () => {
      const id = worker?.id ?? "";
      const login = { clientId: `${id}-ne`, username: id, password: worker?.password ?? "" };
      const rival = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
        ...login,
        reconnectPeriod: 0,
      });
      rival.on("error", () => undefined);
      rivals.push(rival);
      return rival;
    },
    stop: async () => {
      for (const client of [manager, ...rivals]) client.end(true);
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await relay.close();
      await broker.stop();
    },
  };
}

interface Hearing {
  messages: Message[];
  onInformation(report: InformationReport): void;
}

async function connectManager(
  broker: TestBroker,
  { messages, onInformation }: Hearing,
): Promise<MqttClient> {
  const manager = await broker.connect("cluster-manager");
  manager.on("message", (topic, payload) => {
    const suffix = parseWorkerTopic(topic)?.topic;
    if (suffix === undefined || !(suffix in schemas)) return;
    const schema = schemas[suffix as keyof typeof schemas];
    const message = schema.parse(JSON.parse(payload.toString()));
    messages.push({ topic, message });
    if (suffix === "information") onInformation(message as InformationReport);
  });
  await manager.subscribeAsync("nodes/#", { qos: 1 });
  return manager;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
