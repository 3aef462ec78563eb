import path from "node:path";
import type { NodeRegistered, NodeRegistration } from "@oak/contracts";
import {
  type Clock,
  type Composed,
  component,
  composeComponents,
  fp,
  type Logger,
  type Metrics,
  revealed,
} from "@oak/kit";
import { createClusterDoor } from "./adapters/cluster/registration.ts";
import { createSignPost } from "./adapters/datagrams/sign-post.ts";
import { createMqttBroker } from "./adapters/mqtt/broker.ts";
import { createNetwork } from "./create-network.ts";
import { createRuntime } from "./create-runtime.ts";
import { describeNode } from "./domain/describe-node.ts";
import type { RegistrationTrouble } from "./domain/registration-trouble.ts";
import { createEngine, type Engine } from "./engine.ts";
import { bootMs } from "./host/boot-clock.ts";
import { createGpuReader } from "./host/gpus.ts";
import { createHostReader, type HostReader } from "./host/host-reader.ts";
import { readMachineIdentity } from "./host/node-identity.ts";
import { createReporter, offeredBy } from "./loops/reporter.ts";
import { createCommandReceiver } from "./mqtt/commands.ts";
import { createUplink, type Uplink } from "./mqtt/uplink.ts";
import type { WorkerNetwork } from "./network/worker-network.ts";
import type { BrokerConnection, Runtime } from "./ports.ts";
import type { NodeEngineOptions } from "./service.ts";
import { type AgentStateStore, createAgentStateStore } from "./store/agent-state.ts";
import { createFileStore } from "./store/file-store.ts";
import { createLeaseFile } from "./store/lease-file.ts";
import { createLogArchive, type LogArchive } from "./store/log-archive.ts";
import { createQuestions, type Questions } from "./use-cases/answer-questions.ts";
import { type ClusterFollower, createClusterFollower } from "./use-cases/follow-cluster.ts";
import { createInstanceLogs } from "./use-cases/instance-logs.ts";
import { joinCluster } from "./use-cases/join-cluster.ts";
import { type ClusterContact, createClusterContact } from "./use-cases/keep-contact.ts";
import { createKeepLogs } from "./use-cases/keep-logs.ts";
import { createRivalWatch } from "./use-cases/rival-watch.ts";
import { createLifeSigns } from "./use-cases/show-life.ts";
import { createCommandTakers } from "./use-cases/take-commands.ts";

export interface AgentDeps extends Omit<NodeEngineOptions, "runtime"> {
  runtimeKind: "docker" | "fake";
  nodeId: string;
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

/** The parts of a running agent that its service speaks to. */
export interface Agent extends Composed {
  engine: Engine;
  contact: ClusterContact;
  workerId(): string | undefined;
  /** Why the latest try to register failed; undefined while registered. */
  trouble(): RegistrationTrouble | undefined;
  /** What the contact says when the agent stops; `agent_lost` unless told otherwise. */
  sayAtStop(presence: "agent_lost" | "leaving"): void;
}

/** Wires one agent with what is on its disk; starts nothing. */
export async function createAgent(deps: AgentDeps): Promise<Agent> {
  const { clock, logger, stateDir } = deps;
  const state = createAgentStateStore({ folder: stateDir, logger });
  await state.load();
  const host = createHostReader({ gpus: createGpuReader({ clock, logger }), diskPath: stateDir });
  const network = await createNetwork({
    ...deps,
    choice: deps.network,
    runtime: await createRuntime({
      ...deps,
      kind: deps.runtimeKind,
      engineId: deps.engineId ?? deps.nodeId,
      cores: host.facts().cores,
    }),
  });
  const { runtime } = network;
  const uplink = createUplink();
  const { bootId } = await readMachineIdentity();
  const archive = createLogArchive({ folder: path.join(stateDir, "logs"), logger });
  const foundations = { ...deps, state, runtime, network, uplink, bootId, archive };
  tellNetwork(foundations);
  const parts: AgentParts = { ...foundations, host, ...createHoldings(foundations) };
  const { engine } = parts;
  const questions = createQuestions({
    ...deps,
    login: () => state.current().mqtt,
    logs: createInstanceLogs({ ...foundations, engine }),
  });
  const { contact, commands, signs, trouble } = createContact({ ...parts, questions });
  let farewell: "agent_lost" | "leaving" = "agent_lost";
  const components = [
    component("network", network),
    component("engine", engine),
    component("questions", { start: async () => undefined, stop: questions.stop }),
    component("contact", {
      start: contact.start,
      stop: async () => {
        signs.stop();
        await contact.stop(farewell);
        await commands.idle();
      },
    }),
  ];
  return {
    ...composeComponents({ logger, components }),
    engine,
    contact,
    workerId: () => state.current().worker_id,
    trouble,
    sayAtStop: (presence) => {
      farewell = presence;
    },
  };
}

type Foundations = Omit<AgentDeps, "network"> & {
  runtime: Runtime;
  network: WorkerNetwork;
  state: AgentStateStore;
  uplink: Uplink;
  archive: LogArchive;
  bootId: string | undefined;
};

/** Once the worker has been registered it can speak to the broker, whether its cluster answers now or not. */
function tellNetwork({ state, network, cluster, mqttCa }: Foundations): void {
  const { worker_id: id, mqtt, broker_port: port } = state.current();
  if (id === undefined || mqtt === undefined || port === undefined) return;
  const ca = mqttCa?.toString("utf8");
  network.registered({
    client_id: id,
    cluster_address: cluster.host,
    broker: { ...mqtt, port, tls: ca !== undefined, ...(ca !== undefined && { ca }) },
  });
}

/** What runs here and what is wanted of it, each of which tells the other. */
function createHoldings(deps: Foundations): { engine: Engine; follower: ClusterFollower } {
  const { state, uplink, logger } = deps;
  const engine = createEngine({
    store: createFileStore({ folder: path.join(deps.stateDir, "instances"), logger }),
    runtime: deps.runtime,
    network: deps.network,
    keepLogs: createKeepLogs(deps),
    clock: deps.clock,
    random: deps.random,
    report: (copy) => follower.report(copy),
    leases: {
      store: createLeaseFile({ folder: deps.stateDir, bootId: deps.bootId, logger }),
      bootMs,
      askAtOnce: () => {
        const numbers = follower.numbers();
        engine.leases.sending(numbers);
        uplink.send("information", numbers, { qos: 0 });
      },
    },
    logger,
  });
  const follower = createClusterFollower(
    {
      holdings: {
        get: engine.get,
        all: engine.status,
        upsert: engine.upsert,
        forget: engine.forget,
      },
      saveKnown: (known) => state.update({ known: { ...known, ahead: [...known.ahead] } }),
      publishJob: (report) => {
        uplink.send("job", report, { qos: 1 });
        fp("engine.reported", `${report.job_id}/${report.instance} ${report.status}`);
      },
      publishInventory: (report) => uplink.send("inventory", report, { qos: 1 }),
      log: logger,
    },
    state.current().known,
  );
  const heartbeat: ClusterFollower["heartbeat"] = () => {
    const numbers = follower.heartbeat();
    engine.leases.sending(numbers);
    return numbers;
  };
  return { engine, follower: { ...follower, heartbeat } };
}

type AgentParts = Foundations & { host: HostReader; engine: Engine; follower: ClusterFollower };

function createContact(parts: AgentParts & { questions: Questions }) {
  const { follower, state, uplink, logger } = parts;
  const door = createClusterDoor(parts.cluster);
  const rival = createRivalWatch(parts);
  const signs = createLifeSigns({ ...parts, post: createSignPost(parts) });
  let trouble: RegistrationTrouble | undefined;
  let reporter: Composed | undefined;

  const join = async (signal: AbortSignal): Promise<NodeRegistered | undefined> => {
    const registered = await joinCluster(
      {
        ...parts,
        door,
        describe: () => describe(parts),
        password: () => state.current().mqtt?.password,
        onTrouble: (next) => {
          trouble = next;
          rival.refused(next.reason);
        },
      },
      signal,
    );
    if (registered === undefined) return undefined;
    door.close();
    const { id, mqtt, session, incarnation } = registered;
    await state.update({ worker_id: id, mqtt, broker_port: Number(registered.MQTT_BROKER_PORT) });
    tellNetwork(parts);
    await follower.registered({ incarnation, session });
    trouble = undefined;
    rival.registered();
    signs.registered(registered);
    logger.info({ worker: id, session, cluster: door.target }, "registered");
    return registered;
  };

  const onOnline = (connection: BrokerConnection, registered: NodeRegistered): void => {
    uplink.attach(connection);
    signs.online(connection);
    const { session } = registered;
    connection.send("presence", { session, state: "online" }, { qos: 1 });
    // Before the inventory: to a heartbeat of somebody who has not yet reported, the cluster answers with
    // a sync, and that is what everything here waits for.
    connection.send("information", follower.heartbeat(), { qos: 0 });
    follower.sendInventory();
    reporter = createReporter(parts, connection, registered);
    void reporter.start();
  };

  const takers = createCommandTakers({ ...parts, registerAgain: () => contact.registerAgain() });
  const commands = createCommandReceiver({ ...parts, takers });
  const contact = createClusterContact({
    ...parts,
    join,
    broker: createMqttBroker({
      host: parts.cluster.host,
      clock: parts.clock,
      logger,
      ...(parts.mqttCa !== undefined && { ca: parts.mqttCa }),
    }),
    onCommand: (topic, payload) => {
      // It may have waited while this process was halted: what has ended meanwhile comes first.
      parts.engine.leases.enforce();
      commands.receive(topic, payload);
    },
    onOnline,
    onOffline: () => {
      uplink.detach();
      signs.offline();
      // Not waited for: a look at a runtime that hangs must not keep this worker from coming back.
      void reporter?.stop();
      reporter = undefined;
    },
  });
  return { contact, commands, signs, trouble: () => trouble };
}

async function describe(parts: AgentParts): Promise<NodeRegistration> {
  const { nodeId, name, host, joinSecret, engine, runtime, network } = parts;
  return describeNode({
    nodeId,
    name,
    machine: await readMachineIdentity(),
    facts: host.facts(),
    load: await host.load(),
    virtualization: offeredBy(engine, runtime),
    network: { isOn: network.isOn, capacity: network.capacity() },
    joinSecret: joinSecret === undefined ? undefined : revealed(joinSecret),
  });
}
