import { randomBytes } from "node:crypto";
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
import type { MqttClient } from "mqtt";
import { startRelay } from "../../packages/testkit/src/processes/relay.ts";
import { startTestBroker } from "../../packages/testkit/src/test-broker.ts";

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
  const broker = await startTestBroker(() => worker);
  const manager = await broker.connect("network-manager");
  const relay = await startRelay(broker.port);
  const publish = async (topic: string, payload: object | string): Promise<void> => {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload);
    // A test may be over before the acknowledgement comes.
    await manager.publishAsync(topic, text, { qos: 1 }).catch(() => undefined);
  };
  const cluster: TestCluster = {
    port: relay.port,
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
    cutConnections: () => {
      relay.cut(true);
      relay.cut(false);
    },
    setReachable: (isReachable) => relay.cut(!isReachable),
    stop: async () => {
      manager.end(true);
      await relay.close();
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
