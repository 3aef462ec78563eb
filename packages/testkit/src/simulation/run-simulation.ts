import type { Candidate, Job } from "@oak/contracts";
import { type ClusterProcess, startCluster, type WorkerEar } from "./cluster-process.ts";
import { createInvariants } from "./invariants.ts";
import { createNetwork, PERFECT_NETWORK } from "./network.ts";
import { type RootProcess, startRoot } from "./root-process.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { silentLog } from "./silent-log.ts";
import { createTierDisk, type StoreFaults, type TierDisk } from "./tier-store.ts";
import { createVirtualTime } from "./virtual-time.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";
import { createMachine, type Machine } from "./workload-machine.ts";

export interface SimulationResult {
  seed: number;
  /** what went wrong, empty when nothing did */
  violations: string[];
  crashes: number;
  requests: number;
  /** virtual milliseconds */
  durationMs: number;
  /** the same for the same seed, whatever machine runs it */
  fingerprint: string;
}

interface Node<Process> {
  name: string;
  process: Process | undefined;
  start(): void;
}

const CLUSTERS = ["alpha", "beta"];
const WORKERS_PER_CLUSTER = 3;
const SERVICES = 3;
const FAULTY_MS = 40_000;
const SETTLE_MS = 120_000;
const WORKER_TIMEOUT_MS = 5000;

/** One root, two clusters, six workers; faults for a while, then none; the outcome is judged throughout. */
export async function runSimulation(
  seed: number,
  options: { trace?: (line: string) => void } = {},
): Promise<SimulationResult> {
  const random = createSeededRandom(seed);
  const time = createVirtualTime();
  const network = createNetwork(time, random);
  const faults: StoreFaults = { crash: 0 };
  const trace = options.trace ?? (() => undefined);
  const line = (facts: object, message: string): void =>
    trace(`${time.nowMs().toFixed(0)} ${message} ${JSON.stringify(facts)}`);
  const log =
    options.trace === undefined ? silentLog : { debug: line, info: line, warn: line, error: line };
  const deps = { time, random, faults, log };
  let crashes = 0;
  let requests = 0;
  let isFaulty = true;

  const rootDisk = createTierDisk("root-1-incarnation");
  const clusterDisks = new Map<string, TierDisk>();
  const machines = new Map<string, { machine: Machine; cluster: string }>();
  const services = layOut(rootDisk, clusterDisks, machines);

  const restartLater = (node: { name: string; start(): void; process: unknown }): void => {
    crashes += 1;
    node.process = undefined;
    // Most processes are back soon; some stay away for longer than silence is tolerated.
    const awayMs =
      isFaulty && random.chance(0.3) ? random.between(6000, 20_000) : random.between(50, 2000);
    trace(`${time.nowMs().toFixed(0)} ${node.name} is dead for ${awayMs} ms`);
    time.after(awayMs, () => node.start());
  };

  const root: Node<RootProcess> = {
    name: "root",
    process: undefined,
    start: () => {
      root.process = startRoot(deps, rootDisk, () => restartLater(root));
    },
  };
  const clusters = new Map<string, Node<ClusterProcess>>();
  const workers = new Map<string, Node<WorkerProcess>>();
  const ear = (id: string): WorkerEar | undefined => workers.get(id)?.process?.ear;
  for (const [name, disk] of clusterDisks) {
    const world = {
      ...deps,
      name,
      network,
      root: () => root.process,
      ear,
      workerTimeoutMs: WORKER_TIMEOUT_MS,
    };
    const node: Node<ClusterProcess> = {
      name,
      process: undefined,
      start: () => {
        node.process = startCluster(world, disk, () => restartLater(node));
      },
    };
    clusters.set(name, node);
  }
  for (const [id, { machine, cluster }] of machines) {
    const world = {
      ...deps,
      id,
      network,
      cluster: () => clusters.get(cluster)?.process,
      giveUp: () => isFaulty && random.chance(0.05),
    };
    const node: Node<WorkerProcess> = {
      name: id,
      process: undefined,
      start: () => {
        node.process = startWorker(world, machine, () => restartLater(node));
      },
    };
    workers.set(id, node);
  }
  const invariants = createInvariants({ rootDisk, clusterDisks, machines });
  const killSomething = (): void => {
    const nodes = [root, ...clusters.values(), ...workers.values()];
    const node = random.pick<{
      name: string;
      process: { life: { kill(): void } } | undefined;
      start(): void;
    }>(nodes);
    if (node.process === undefined) return;
    node.process.life.kill();
    restartLater(node);
  };
  const cutPower = (): void => {
    const id = random.pick([...machines.keys()]);
    machines.get(id)?.machine.containers.clear();
    const node = workers.get(id);
    if (node?.process === undefined) return;
    node.process.life.kill();
    restartLater(node);
  };

  /** The user: every acknowledged request is remembered, and must hold in the end. */
  const request = (): void => {
    const process = root.process;
    if (process === undefined || !process.isReady()) return;
    const service = random.pick(services);
    const members = [...(rootDisk.jobs.get(service)?.members ?? [])];
    const grows = members.length === 0 || (members.length < 5 && random.chance(0.6));
    requests += 1;
    if (grows) {
      void process.addMember(service).then((number) => invariants.acknowledged(service, number));
      return;
    }
    const victim = random.pick(members);
    invariants.maybeRemoved(service, victim);
    void process.removeMember(service, victim).then(() => invariants.removed(service, victim));
  };

  root.start();
  for (const node of clusters.values()) node.start();
  for (const node of workers.values()) node.start();
  network.faults = { loss: 0.05, duplication: 0.05, straggling: 0.05 };
  faults.crash = 0.004;
  const act = (run: () => void, everyMs: number): void => {
    if (!isFaulty) return;
    run();
    time.after(random.between(everyMs / 2, everyMs * 1.5), () => act(run, everyMs));
  };
  time.after(500, () => act(request, 1500));
  time.after(2000, () => act(killSomething, 7000));
  time.after(5000, () => act(cutPower, 20_000));

  await time.run(FAULTY_MS, invariants.check);
  isFaulty = false;
  network.faults = PERFECT_NETWORK;
  faults.crash = 0;
  await time.run(FAULTY_MS + SETTLE_MS, invariants.check);
  invariants.checkSettled();
  return {
    seed,
    violations: invariants.violations,
    crashes,
    requests,
    durationMs: time.nowMs(),
    fingerprint: invariants.fingerprint(),
  };
}

function layOut(
  rootDisk: TierDisk,
  clusterDisks: Map<string, TierDisk>,
  machines: Map<string, { machine: Machine; cluster: string }>,
): string[] {
  const services: string[] = [];
  for (let index = 0; index < SERVICES; index += 1) {
    const job = aJob(`5e00000000000000000000${hex(index)}`, index);
    rootDisk.jobs.set(job._id, job);
    services.push(job._id);
  }
  CLUSTERS.forEach((name, clusterIndex) => {
    const id = `c100000000000000000000${hex(clusterIndex)}`;
    rootDisk.candidates.set(id, { ...aCandidate(id, name), liveness: "alive" });
    const disk = createTierDisk(`${name}-1-incarnation`);
    clusterDisks.set(name, disk);
    for (let index = 0; index < WORKERS_PER_CLUSTER; index += 1) {
      const workerId = `a${clusterIndex}00000000000000000000${hex(index)}`;
      disk.candidates.set(workerId, aCandidate(workerId, `${name}-${index}`));
      machines.set(workerId, { machine: createMachine(), cluster: name });
    }
  });
  return services;
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");

function aCandidate(id: string, name: string): Candidate {
  return {
    _id: id,
    candidate_name: name,
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus: 4, memory: 1000, vgpus: 0, storage: 1_000_000 },
    holds: {},
    liveness: "left",
    schedulable: true,
    session: 0,
    proto: 1,
    architecture: "amd64",
    virtualization: ["docker"],
    last_modified_timestamp: 0,
  };
}

function aJob(id: string, index: number): Job {
  const name = `app.test.service${index}.test`;
  return {
    _id: id,
    job_name: name,
    job_name_key: name,
    image: "image",
    code: "image",
    virtualization: "docker",
    vcpus: 1,
    memory: 100,
    microservice_name: `service${index}`,
    microservice_namespace: "test",
    applicationID: id,
    app_name: "app",
    app_ns: "test",
    service_name: `service${index}`,
    service_ns: "test",
    owner: "Admin",
    rev: 1,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: 0,
  };
}
