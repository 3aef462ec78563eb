import { randomBytes } from "node:crypto";
import type { DeployCommand, HeldCopy, NodeRegistered, NodeRegistration } from "@oak/contracts";
import { workerTopic } from "@oak/contracts";
import {
  type ClusterFollower,
  createClusterFollower,
  type Holdings,
} from "@oak/node-engine/follow";
import { connectAsync, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { workerJoinSecret } from "./tier.ts";

type Outcome = HeldCopy["status"] | Pick<HeldCopy, "status" | "reason">;

export interface ScriptedWorkerOptions {
  name: string;
  vcpus?: number;
  /** For workloads; absent: no limit. */
  addresses?: number;
  heartbeatMs?: number;
  /** What becomes of a deploy; by default it runs at once. */
  outcome?: (command: DeployCommand) => Outcome;
}

/** A worker that runs nothing, over the real protocol and the real MQTT client. */
export async function startScriptedWorker(managerUrl: string, options: ScriptedWorkerOptions) {
  const { name, vcpus = 4, addresses, heartbeatMs = 50 } = options;
  const nodeId = randomBytes(12).toString("hex");
  const held = new Map<string, HeldCopy>();
  const deploys: DeployCommand[] = [];
  const deletes: string[] = [];
  const session: { client?: MqttClient; follower?: ClusterFollower; timer?: NodeJS.Timeout } = {};
  let url = managerUrl;
  let registered: NodeRegistered | undefined;
  let load: Record<string, unknown> = { cpu_percent: 5, memory_percent: 10, memory: 4_000 };
  const commands: { topic: string; body: unknown }[] = [];

  const publish = (topic: Parameters<typeof workerTopic>[1], message: object): void => {
    const id = registered?.id ?? "";
    session.client?.publish(workerTopic(id, topic), JSON.stringify(message), { qos: 1 });
  };
  const become = (key: string, outcome: Outcome): void => {
    const copy = held.get(key);
    if (copy === undefined) return;
    const facts = typeof outcome === "string" ? { status: outcome } : outcome;
    const next = { ...copy, ...facts, status_detail: "" };
    held.set(key, next);
    session.follower?.report(next);
  };
  const holdings: Holdings = {
    get: (key) => held.get(key),
    all: () => [...held.values()],
    upsert: async (assignment) => {
      const { key, job, ...numbers } = assignment;
      const before = held.get(key);
      held.set(key, {
        ...numbers,
        job_name: job.job_name,
        status: assignment.wanted ? "CREATING" : (before?.status ?? "CREATING"),
        status_detail: "",
      });
      const command = deploys.findLast((d) => `${d._id}/${d.instance_number}` === key);
      const outcome = command === undefined ? undefined : options.outcome?.(command);
      setImmediate(() => {
        if (assignment.wanted) become(key, "CREATING");
        become(key, assignment.wanted ? (outcome ?? "RUNNING") : "UNDEPLOYED");
      });
    },
    forget: async (key) => {
      held.delete(key);
    },
  };

  const register = async (bearer?: string): Promise<NodeRegistered> => {
    const body: NodeRegistration = {
      host: name,
      ip: "127.0.0.1",
      node_id: nodeId,
      machine_id: `machine-${name}`,
      boot_id: `boot-${name}`,
      proto: 1,
      vcpus,
      memory: 4_000,
      memory_percent: 10,
      architecture: "amd64",
      virtualization: ["docker"],
      allocatable: {
        ...{ vcpus, memory: 4_000, vgpus: 0, storage: 10_000 },
        ...(addresses !== undefined && { addresses }),
      },
      ...(bearer === undefined ? { token: workerJoinSecret } : {}),
    };
    const response = await fetch(`${url}/api/node/register`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as NodeRegistered;
  };

  const follower = createClusterFollower({
    holdings,
    saveKnown: async () => undefined,
    publishJob: (report) => publish("job", report),
    publishInventory: (report) => publish("inventory", report),
    log: { warn: () => undefined },
  });
  session.follower = follower;

  const take = async (topic: string, body: never): Promise<void> => {
    commands.push({ topic, body });
    if (topic.endsWith("control/deploy")) {
      deploys.push(body);
      await follower.deploy(body);
    } else if (topic.endsWith("control/delete")) {
      const { job_id, instance_number } = body as { job_id: string; instance_number: number };
      deletes.push(`${job_id}/${instance_number}`);
      await follower.remove(body);
    } else if (topic.endsWith("control/sync")) await follower.sync(body);
    else if (topic.endsWith("control/inventory")) follower.sendInventory();
    else if (topic.endsWith("control/error")) await join();
  };

  const heartbeat = (): void =>
    publish("information", { ...load, ...follower.heartbeat(), ip: "127.0.0.1" });

  /** Registers, with the password where there is one already, and takes up the new session. */
  const join = async (): Promise<void> => {
    registered = await register(registered?.mqtt.password);
    const { incarnation = "", session: number = 0 } = registered;
    await follower.registered({ incarnation, session: number });
  };

  const connect = async (): Promise<void> => {
    await join();
    const { MQTT_BROKER_PORT: port, mqtt, id } = registered ?? (await register());
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: `${id}-ne`,
      ...mqtt,
      reconnectPeriod: 100,
    });
    client.on("error", () => undefined);
    client.on("message", (topic, payload) => {
      void take(topic, JSON.parse(payload.toString()) as never).catch(() => undefined);
    });
    await client.subscribeAsync(`nodes/${id}/control/#`, { qos: 1 });
    session.client = client;
    session.timer = setInterval(heartbeat, heartbeatMs);
    follower.sendInventory();
  };
  /** Falls silent; its workloads go on. */
  const vanish = async (): Promise<void> => {
    clearInterval(session.timer);
    await session.client?.endAsync(true);
    delete session.client;
  };
  onTestFinished(vanish);
  await connect();

  return {
    id: () => registered?.id ?? "",
    password: () => registered?.mqtt.password ?? "",
    held,
    deploys,
    deletes,
    commands,
    become,
    vanish,
    comeBack: connect,
    setLoad: (next: Record<string, unknown>) => {
      load = next;
    },
    moveTo: (nextUrl: string) => {
      url = nextUrl;
    },
    publish,
    sendRaw: (suffix: string, payload: string) =>
      session.client?.publishAsync(`nodes/${registered?.id}/${suffix}`, payload, { qos: 1 }),
    running: () =>
      [...held].filter(([, copy]) => copy.status === "RUNNING" && copy.wanted).map(([key]) => key),
  };
}

export type ScriptedWorker = Awaited<ReturnType<typeof startScriptedWorker>>;
