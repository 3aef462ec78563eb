import { randomBytes } from "node:crypto";
import { type AttachedReport, netTopic, type TableResult, updatesTopic } from "@oak/contracts";
import type { ClusterSite, TestBed } from "@oak/testkit";
import { connectAsync } from "mqtt";
import { eventually } from "./eventually.ts";
import { readRecords } from "./tier-records.ts";

/** What a worker's net-manager says to its cluster, and hears from it. */
export interface NetAgent {
  readonly workerId: string;
  /** Resolves with the answer to a table query; from then on the worker is told of changes. */
  query(key: { name: string } | { ip: string }): Promise<TableResult>;
  subnet(): Promise<{ address: string; addressv6: string }>;
  deployed(report: AttachedReport): void;
  /** Resolves when something about a service has changed. */
  nextUpdate(jobName: string): Promise<void>;
}

const answerMs = 5_000;

/** Speaks for the only worker of a cluster. */
export async function addNetAgent(bed: TestBed, cluster: ClusterSite): Promise<NetAgent> {
  const workerId = await onlyWorkerOf(cluster);
  const connection = await connectAsync({
    host: "127.0.0.1",
    port: cluster.brokerPort,
    clientId: `${workerId}-${randomBytes(4).toString("hex")}`,
    username: "tier:net-agent",
    password: cluster.access.tierSecret,
    reconnectPeriod: 0,
  });
  bed.onClose(() => connection.endAsync(true));
  const waiting = new Set<{ topic: string; take(payload: string): void }>();
  connection.on("message", (topic, payload) => {
    for (const one of waiting) if (one.topic === topic) one.take(payload.toString());
  });

  const next = <T>(topic: string, accept: (message: T) => boolean = () => true): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(waiter);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`nothing came on ${topic}`));
      }, answerMs);
      const waiter = {
        topic,
        take: (payload: string) => {
          const message = JSON.parse(payload) as T;
          if (!accept(message)) return;
          end();
          resolve(message);
        },
      };
      waiting.add(waiter);
    });
  const send = (topic: string, message: object): void => {
    connection.publish(topic, JSON.stringify(message), { qos: 1 });
  };
  await connection.subscribeAsync([netTopic(workerId, "queryResult"), "jobs/+/updates_available"]);
  await connection.subscribeAsync(netTopic(workerId, "subnetResult"));

  return {
    workerId,
    query: (key) => {
      const [sname, sip] = "name" in key ? [key.name, ""] : ["", key.ip];
      const isAnswer = (result: TableResult): boolean => result.query_key === (sip || sname);
      const answer = next<TableResult>(netTopic(workerId, "queryResult"), isAnswer);
      send(netTopic(workerId, "query"), { sname, sip });
      return answer;
    },
    subnet: () => {
      const answer = next<{ address: string; addressv6: string }>(
        netTopic(workerId, "subnetResult"),
      );
      send(netTopic(workerId, "subnet"), { METHOD: "GET" });
      return answer;
    },
    deployed: (report) => send(netTopic(workerId, "deployed"), report),
    nextUpdate: async (jobName) => {
      await next(updatesTopic(jobName));
    },
  };
}

function onlyWorkerOf({ access }: ClusterSite): Promise<string> {
  return eventually(async () => {
    const [worker] = (await readRecords(access)).candidates;
    if (worker === undefined) throw new Error("the worker has not joined yet");
    return worker._id;
  });
}
