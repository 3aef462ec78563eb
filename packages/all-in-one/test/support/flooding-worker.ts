import { randomBytes } from "node:crypto";
import { NodeRegistered, workerTopic } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import type { ClusterSite, TestBed } from "@oak/testkit";
import { connectAsync } from "mqtt";

/** A worker that has joined in earnest, and says far more than it should. */
export interface FloodingWorker {
  /** How many messages it has given to its connection. */
  sent(): number;
  readonly isConnected: boolean;
  /** Begins to send what `next` makes, so many a second, until the next call or the end of the bed. */
  flood(
    perSecond: number,
    next: (count: number) => { topic: string; payload: Buffer | string },
  ): void;
  /** The next heartbeat, as a worker with nothing to do sends it. */
  heartbeat(): { topic: string; payload: string };
  readonly id: string;
}

const tickMs = 10;

export async function addFloodingWorker(
  bed: TestBed,
  cluster: ClusterSite,
): Promise<FloodingWorker> {
  const client = createHttpClient({ baseUrl: cluster.managerUrl });
  const { id, mqtt, session } = await client.request({
    method: "POST",
    path: "/api/node/register",
    schema: NodeRegistered,
    body: {
      host: "flooding",
      ip: "127.0.0.1",
      node_id: randomBytes(12).toString("hex"),
      proto: 1,
      token: cluster.workerJoinSecret,
      // No room: nothing is placed there.
      vcpus: 0,
      memory: 0,
      allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
      virtualization: ["docker"],
    },
  });
  client.close();
  const connection = await connectAsync({
    host: "127.0.0.1",
    port: cluster.brokerPort,
    clientId: id,
    ...mqtt,
    reconnectPeriod: 0,
  });
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  let seq = 0;
  bed.onClose(async () => {
    clearInterval(timer);
    await connection.endAsync(true);
  });
  return {
    id,
    sent: () => sent,
    get isConnected() {
      return connection.connected;
    },
    flood: (perSecond, next) => {
      clearInterval(timer);
      const startedMs = performance.now();
      const before = sent;
      timer = setInterval(() => {
        const due = ((performance.now() - startedMs) / 1_000) * perSecond;
        for (; sent - before < due && connection.connected; sent += 1) {
          const { topic, payload } = next(sent);
          connection.publish(topic, payload, { qos: 0 });
        }
      }, tickMs);
    },
    heartbeat: () => {
      seq += 1;
      const message = { session, seq, want_rev: 0, digest: "", cpu_percent: 1, memory_percent: 1 };
      return { topic: workerTopic(id, "information"), payload: JSON.stringify(message) };
    },
  };
}
