import { randomBytes } from "node:crypto";
import {
  DeleteCommand,
  DeployCommand,
  ErrorCommand,
  type HeldCopy,
  type NodeRegistered,
  parseWorkerTopic,
  SyncCommand,
  type WorkerTopic,
  workerTopic,
} from "@oak/contracts";
import { backoffDelay } from "@oak/kit";
import { type ClusterFollower, createClusterFollower } from "@oak/node-engine/follow";
import { createHeldCopies } from "./held-copies.ts";
import { createMachineFigures, introduce } from "./machine-figures.ts";
import { type MqttSession, openSession, SessionRefused } from "./mqtt-session.ts";
import type { ClusterDoor } from "./registration.ts";

export interface SimulatedWorkerOptions {
  name: string;
  door: ClusterDoor;
  joinSecret: string;
  localAddress: string;
  random: () => number;
  /** a command for an instance arrived */
  onCommand(topic: "deploy" | "delete", key: string): void;
  /** the broker has taken over what this worker says of an instance */
  onAcknowledged(status: HeldCopy["status"], key: string): void;
}

/** A worker that runs nothing: an engine's part of the protocol over a connection of its own. */
export interface SimulatedWorker {
  /** Registers and connects, and from then on comes back by itself. Resolves when it is online. */
  start(): Promise<void>;
  /** One heartbeat, if there is a connection. */
  beat(nowMs: number): void;
  isOnline(): boolean;
  runningCount(): number;
  /** Says farewell or not, and never comes back. */
  stop(how: "leave" | "destroy"): void;
}

/** The engine's own pauses. */
const reconnectPause = { baseMs: 200, maxMs: 5_000 };
const rejoinAfterMs = 30_000;
const keepaliveS = 5;

export function createSimulatedWorker(options: SimulatedWorkerOptions): SimulatedWorker {
  const { name, door, random } = options;
  const nodeId = randomBytes(12).toString("hex");
  const figures = createMachineFigures(random);
  let registered: NodeRegistered | undefined;
  let mustRegister = true;
  let session: MqttSession | undefined;
  let isStopped = false;
  let attempt = 0;
  let contactMs = 0;

  const send = (topic: WorkerTopic, message: object, then?: () => void): void => {
    if (registered === undefined || session === undefined) return;
    const qos = topic === "information" || topic === "resources" ? 0 : 1;
    const text = JSON.stringify(message);
    const whenTaken = then === undefined ? {} : { onAcknowledged: then };
    session.publish(workerTopic(registered.id, topic), text, { qos, ...whenTaken });
  };

  const copies = createHeldCopies((copy) => follower.report(copy));
  const follower: ClusterFollower = createClusterFollower({
    holdings: copies,
    saveKnown: async () => undefined,
    publishJob: (report) =>
      send("job", report, () =>
        options.onAcknowledged(report.status, `${report.job_id}/${report.instance}`),
      ),
    publishInventory: (report) => send("inventory", report),
    log: { warn: () => undefined },
  });

  const register = async (): Promise<NodeRegistered> => {
    const introduction = introduce({ nodeId, name, figures, joinSecret: options.joinSecret });
    registered = await door.register(introduction, registered?.mqtt.password);
    mustRegister = false;
    contactMs = performance.now();
    const { incarnation, session: number } = registered;
    await follower.registered({ incarnation, session: number });
    return registered;
  };

  const take = createCommandTaker({
    follower,
    onCommand: options.onCommand,
    registerAgain: () => {
      mustRegister = true;
      session?.leave();
    },
  });

  const connect = async (): Promise<void> => {
    const standing = mustRegister ? undefined : registered;
    const { id, session: number, mqtt, MQTT_BROKER_PORT } = standing ?? (await register());
    const lost = { session: number, state: "agent_lost" };
    session = await openSession({
      clientId: `${id}-ne`,
      ...mqtt,
      keepaliveS,
      will: { topic: workerTopic(id, "presence"), payload: JSON.stringify(lost) },
      port: Number(MQTT_BROKER_PORT),
      localAddress: options.localAddress,
      filter: `nodes/${id}/control/+`,
      onMessage: take,
      onEnd: comeBack,
    });
    if (isStopped) return session.destroy();
    attempt = 0;
    figures.forgetTold();
    send("presence", { session: number, state: "online" });
    send("information", follower.heartbeat());
    follower.sendInventory();
  };

  const comeBack = (): void => {
    session = undefined;
    contactMs = performance.now();
    if (!isStopped) void keepTrying();
  };

  const keepTrying = async (): Promise<void> => {
    while (!isStopped) {
      await pause(backoffDelay({ attempt, ...reconnectPause, random }));
      attempt += 1;
      try {
        return await connect();
      } catch (error) {
        // 4 and 5 blame the credential; anything else passes.
        if (error instanceof SessionRefused && error.returnCode >= 4) mustRegister = true;
        if (performance.now() - contactMs >= rejoinAfterMs) mustRegister = true;
      }
    }
  };

  return {
    start: async () => {
      await connect().catch(keepTrying);
    },
    beat: (nowMs) => {
      if (session === undefined) return;
      send("information", { ...figures.next(nowMs), ...follower.heartbeat() });
    },
    isOnline: () => session !== undefined,
    runningCount: copies.runningCount,
    stop: (how) => {
      isStopped = true;
      session?.[how]();
      session = undefined;
    },
  };
}

interface CommandTakerDeps {
  follower: ClusterFollower;
  onCommand: SimulatedWorkerOptions["onCommand"];
  registerAgain(): void;
}

/** @returns what becomes of each message of the cluster */
function createCommandTaker(deps: CommandTakerDeps): (topic: string, payload: Buffer) => void {
  const { follower, onCommand } = deps;
  const take = async (topic: WorkerTopic | undefined, message: unknown): Promise<void> => {
    switch (topic) {
      case "deploy": {
        const command = DeployCommand.parse(message);
        onCommand("deploy", `${command._id}/${command.instance_number}`);
        await follower.deploy(command);
        return;
      }
      case "delete": {
        const command = DeleteCommand.parse(message);
        onCommand("delete", `${command.job_id}/${command.instance_number}`);
        await follower.remove(command);
        return;
      }
      case "sync":
        return follower.sync(SyncCommand.parse(message));
      case "askInventory":
        return follower.sendInventory();
      case "error":
        if (ErrorCommand.parse(message).register_again === true) deps.registerAgain();
        return;
      default:
        return;
    }
  };
  return (topic, payload) => {
    // As in an engine, a command that cannot be understood is dropped.
    take(parseWorkerTopic(topic)?.topic, JSON.parse(payload.toString("utf8"))).catch(
      () => undefined,
    );
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
