import { createTinyImage, type TestBed } from "@oak/testkit";
import type Docker from "dockerode";
import { type ContainerEvent, followContainerEvents } from "../deploy/docker-events.ts";
import { until } from "../system/bench-system.ts";
import { addCable, addNamespace } from "../system/namespaces.ts";
import type { Copy, Keeper } from "./keeper.ts";
import { addSwarmNode, type SwarmNode } from "./swarm-node.ts";

const patience = { withinMs: 90_000 };
const serviceName = "failover";
const serviceLabel = "com.docker.swarm.service.name";
const imageName = "oak-swarm-tiny:test";

/** Two daemons as a swarm: a manager that may run tasks, and a worker. */
export interface Swarm {
  /** @param heartbeatS of the dispatcher; a node is down after three of them */
  keeper(heartbeatS: number): Promise<Keeper>;
}

/** Starts the swarm on addresses that only its own namespaces have; everything ends with the bed. */
export async function startSwarm(bed: TestBed): Promise<Swarm> {
  const tag = `oak${process.pid}`;
  const spaces = { manager: `${tag}-m`, worker: `${tag}-w` };
  await addNamespace(bed, spaces.manager);
  await addNamespace(bed, spaces.worker);
  await addCable(
    bed,
    { namespace: spaces.manager, device: "swarm0", address: "198.18.9.1/30" },
    { namespace: spaces.worker, device: "swarm1", address: "198.18.9.2/30" },
  );
  const manager = await addSwarmNode(bed, {
    name: "swarm-manager",
    namespace: spaces.manager,
    address: "198.18.9.1",
    bridge: "198.18.10.1/24",
  });
  const worker = await addSwarmNode(bed, {
    name: "swarm-worker",
    namespace: spaces.worker,
    address: "198.18.9.2",
    bridge: "198.18.11.1/24",
  });
  await Promise.all([manager.start(), worker.start()]);
  await join(manager, worker);
  for (const { docker } of [manager, worker]) await createTinyImage({ docker, name: imageName });
  return { keeper: (heartbeatS) => createSwarmKeeper(bed, { manager, worker }, heartbeatS) };
}

async function join(manager: SwarmNode, worker: SwarmNode): Promise<void> {
  const listen = ({ address }: SwarmNode) => ({
    ListenAddr: `${address}:2377`,
    AdvertiseAddr: address,
  });
  await manager.docker.swarmInit({ ...listen(manager) });
  const { JoinTokens } = (await manager.docker.swarmInspect()) as {
    JoinTokens: { Worker: string };
  };
  await worker.docker.swarmJoin({
    ...listen(worker),
    RemoteAddrs: [`${manager.address}:2377`],
    JoinToken: JoinTokens.Worker,
  });
}

interface Nodes {
  manager: SwarmNode;
  worker: SwarmNode;
}

async function createSwarmKeeper(bed: TestBed, nodes: Nodes, heartbeatS: number): Promise<Keeper> {
  const { manager, worker } = nodes;
  await setHeartbeat(manager.docker, heartbeatS);
  const started = await followStarts(bed, nodes);

  const settled = async (): Promise<Copy> => {
    let found: Copy | undefined;
    await until("the swarm's task runs once", patience, async () => {
      const copies = await copiesOn(nodes);
      found = copies[0];
      return copies.length === 1;
    });
    if (found === undefined) throw new Error("The swarm's task has vanished");
    return found;
  };
  const onWorker = async (): Promise<Copy> => {
    await untilNodesReady(manager.docker);
    await setManagerAvailability(manager.docker, "drain");
    let copy: Copy | undefined;
    await until("the task runs on the worker", patience, async () => {
      copy = await settled();
      return copy.workerName === worker.name;
    });
    await setManagerAvailability(manager.docker, "active");
    if (copy === undefined) throw new Error("The swarm's task has vanished");
    return copy;
  };

  return {
    name: `Docker swarm, ${heartbeatS} s`,
    begin: async () => {
      await manager.docker.createService(aService());
      return settled();
    },
    end: async () => {
      await manager.docker.getService(serviceName).remove();
      await until("the swarm's task is gone", patience, async () => {
        return (await copiesOn(nodes)).length === 0;
      });
    },
    killWorkload: async () => {
      const { pid } = await settled();
      const again = started.next(() => true);
      const killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      return (await again).atMs - killedMs;
    },
    silence: async () => {
      await onWorker();
      const elsewhere = started.next((node) => node === manager);
      const stoppedMs = performance.now();
      worker.signal("SIGSTOP");
      try {
        return (await elsewhere).atMs - stoppedMs;
      } finally {
        worker.signal("SIGCONT");
        await untilNodesReady(manager.docker);
      }
    },
    powerOff: async () => {
      await onWorker();
      const elsewhere = started.next((node) => node === manager);
      const cutMs = performance.now();
      const isOff = worker.powerOff();
      const { atMs } = await elsewhere;
      await isOff;
      await worker.start();
      await started.followAgain(worker);
      await untilNodesReady(manager.docker);
      return atMs - cutMs;
    },
  };
}

/** Starts of the service's containers on both daemons. */
async function followStarts(bed: TestBed, { manager, worker }: Nodes) {
  const follow = async (node: SwarmNode) => {
    const events = await followContainerEvents(node.docker);
    bed.onClose(async () => events.close());
    return events;
  };
  const streams = new Map<SwarmNode, Awaited<ReturnType<typeof follow>>>();
  for (const node of [manager, worker]) streams.set(node, await follow(node));
  return {
    next: (isMeant: (node: SwarmNode) => boolean): Promise<ContainerEvent> => {
      const waits = [...streams]
        .filter(([node]) => isMeant(node))
        .map(([, events]) =>
          events.next("start", ({ labels }) => labels[serviceLabel] === serviceName),
        );
      // Of two daemons one stays silent, and complains when nobody listens any more.
      for (const wait of waits) wait.catch(() => undefined);
      return Promise.race(waits);
    },
    /** The daemon has started anew, and knows of nobody who listened. */
    followAgain: async (node: SwarmNode): Promise<void> => {
      streams.get(node)?.close();
      streams.set(node, await follow(node));
    },
  };
}

async function copiesOn({ manager, worker }: Nodes): Promise<Copy[]> {
  const label = [`${serviceLabel}=${serviceName}`];
  const lists = await Promise.all(
    [manager, worker].map(async ({ name, docker }) => {
      const containers = await docker.listContainers({ filters: { label, status: ["running"] } });
      return Promise.all(
        containers.map(async ({ Id: containerId }) => {
          const { State } = await docker.getContainer(containerId).inspect();
          return { containerId, pid: State.Pid, workerName: name };
        }),
      );
    }),
  );
  return lists.flat();
}

/** As quick as a swarm can be: no pause before a restart. */
function aService(): Docker.CreateServiceOptions {
  return {
    Name: serviceName,
    TaskTemplate: {
      ContainerSpec: { Image: imageName },
      RestartPolicy: { Condition: "any", Delay: 0 },
    },
    Mode: { Replicated: { Replicas: 1 } },
  };
}

const nanosecondsPerSecond = 1e9;

async function setHeartbeat(docker: Docker, heartbeatS: number): Promise<void> {
  const swarm = (await docker.swarmInspect()) as { Version: { Index: number }; Spec: object };
  const HeartbeatPeriod = heartbeatS * nanosecondsPerSecond;
  await docker.swarmUpdate({
    version: swarm.Version.Index,
    ...swarm.Spec,
    Dispatcher: { HeartbeatPeriod },
  });
}

interface NodeInfo {
  ID: string;
  Version: { Index: number };
  Spec: { Role: string };
  Status: { State: string };
}

async function setManagerAvailability(
  docker: Docker,
  availability: "drain" | "active",
): Promise<void> {
  const nodes = (await docker.listNodes()) as NodeInfo[];
  const manager = nodes.find(({ Spec }) => Spec.Role === "manager");
  if (manager === undefined) throw new Error("The swarm has no manager");
  await docker.getNode(manager.ID).update({
    version: manager.Version.Index,
    ...manager.Spec,
    Availability: availability,
  });
}

async function untilNodesReady(docker: Docker): Promise<void> {
  await until("both nodes of the swarm are ready", patience, async () => {
    const nodes = (await docker.listNodes()) as NodeInfo[];
    return nodes.length === 2 && nodes.every(({ Status }) => Status.State === "ready");
  });
}
