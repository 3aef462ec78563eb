import { randomBytes } from "node:crypto";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import {
  AttachedReport,
  InterestRemoval,
  netTopic,
  parseNetTopic,
  SubnetRequest,
  type SubnetResult,
  TableQuery,
  type TableResult,
  TunnelOffer,
  updatesTopic,
} from "@oak/contracts";
import { createMetrics, createSilentLogger } from "@oak/kit";
import { connectAsync, type MqttClient } from "mqtt";
import {
  createMqttBroker,
  createTierCredentials,
  type MqttBroker,
} from "../../cluster-orchestrator/mqtt-broker/src/index.ts";

const tierSecret = "the-secret-of-this-tier";
const schemas = {
  subnet: SubnetRequest,
  query: TableQuery,
  deployed: AttachedReport,
  addressChanged: AttachedReport,
  interestRemove: InterestRemoval,
  tunnelOffer: TunnelOffer,
};
type Heard = { [Topic in keyof typeof schemas]: ReturnType<(typeof schemas)[Topic]["parse"]> };

/** A cluster as a net-manager sees it: the real broker, and in place of the network manager a script. */
export interface TestCluster {
  /** Stays the same while the broker comes and goes. */
  readonly port: number;
  readonly worker: { id: string; password: string };
  /** Answers to queries, by name; found by each of their addresses as well. */
  readonly tables: Map<string, TableResult>;
  /** Undefined: a request for a subnet is not answered. */
  subnet: SubnetResult | undefined;
  /** False: a query is not answered. */
  isAnswering: boolean;
  heard<Topic extends keyof Heard>(topic: Topic): Heard[Topic][];
  forget(): void;
  /** Tells of a change; with what it is now when `table` is given. */
  push(jobName: string, table?: TableResult): Promise<void>;
  sendRaw(topic: string, payload: string): Promise<void>;
  answer(result: TableResult): Promise<void>;
  cutConnections(): void;
  setReachable(isReachable: boolean): void;
  stop(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const worker = { id: randomBytes(12).toString("hex"), password: "the-password" };
  const heard: { topic: string; message: unknown }[] = [];
  const tables = new Map<string, TableResult>();
  const broker = await startBroker(worker);
  const manager = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    username: "tier:network-manager",
    password: tierSecret,
    reconnectPeriod: 0,
  });
  const gate = await startGate(() => broker.port ?? 0);
  const publish = async (topic: string, payload: object | string): Promise<void> => {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload);
    // A test may be over before the acknowledgement comes.
    await manager.publishAsync(topic, text, { qos: 1 }).catch(() => undefined);
  };
  const cluster: TestCluster = {
    port: gate.port,
    worker,
    tables,
    subnet: { address: "10.18.0.64", addressv6: "fc00::100" },
    isAnswering: true,
    heard: (topic) =>
      heard
        .filter((one) => one.topic === topic)
        .map(({ message }) => message as Heard[typeof topic]),
    forget: () => {
      heard.length = 0;
    },
    push: (name, table) =>
      publish(updatesTopic(name), { type: "DEPLOYMENT", ...(table && { table }) }),
    sendRaw: publish,
    answer: (result) => publish(netTopic(worker.id, "queryResult"), result),
    cutConnections: gate.cut,
    setReachable: gate.setOpen,
    stop: async () => {
      manager.end(true);
      await gate.stop();
      await broker.stop();
    },
  };
  await listen(manager, cluster, heard);
  return cluster;
}

async function listen(
  manager: MqttClient,
  cluster: TestCluster,
  heard: { topic: string; message: unknown }[],
): Promise<void> {
  const find = ({ sname, sip }: Heard["query"]): TableResult => {
    const key = sip === "" ? sname : sip;
    const found = [...cluster.tables.values()].find((table) =>
      sip === "" ? table.app_name === sname : hasAddress(table, sip),
    );
    return { ...(found ?? { app_name: "", instance_list: [] }), query_key: key };
  };
  manager.on("message", (name, payload) => {
    const topic = parseNetTopic(name)?.topic;
    if (topic === undefined || !(topic in schemas)) return;
    const message = schemas[topic as keyof typeof schemas].parse(JSON.parse(payload.toString()));
    heard.push({ topic, message });
    if (topic === "subnet" && cluster.subnet !== undefined) {
      void cluster.sendRaw(
        netTopic(cluster.worker.id, "subnetResult"),
        JSON.stringify(cluster.subnet),
      );
    }
    if (topic === "query" && cluster.isAnswering) {
      void cluster.answer(find(message as Heard["query"]));
    }
  });
  await manager.subscribeAsync("nodes/+/net/#", { qos: 1 });
}

function hasAddress(table: TableResult, address: string): boolean {
  return (
    (table.service_ip_list ?? []).some((ip) => [ip.Address, ip.Address_v6].includes(address)) ||
    table.instance_list.some((one) => [one.instance_ip, one.instance_ip_v6].includes(address))
  );
}

async function startBroker(worker: TestCluster["worker"]): Promise<MqttBroker> {
  const broker = createMqttBroker({
    listen: { host: "127.0.0.1", port: 0 },
    credentials: createTierCredentials(tierSecret, {
      check: async ({ username, password }) =>
        username === worker.id && password === worker.password
          ? { kind: "worker", id: username }
          : undefined,
      forget: () => undefined,
    }),
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "mqtt-broker" }),
  });
  await broker.start();
  return broker;
}

/** A port that stays the same while what is behind it comes and goes. */
async function startGate(target: () => number) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((incoming) => {
    if (!isOpen) {
      incoming.destroy();
      return;
    }
    const outgoing = connectSocket({ host: "127.0.0.1", port: target(), noDelay: true });
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    cut,
    setOpen: (next: boolean): void => {
      isOpen = next;
      if (!isOpen) cut();
    },
    stop: async (): Promise<void> => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
