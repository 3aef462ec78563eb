import type { Addresses, LocalInstance, Peer, ServiceProgram } from "../src/ports.ts";
import type { Machine, TestDataPlane } from "./data-plane-bed.ts";
import type { Workload } from "./data-plane-workload.ts";

/** Where an instance runs. */
interface Placed {
  number: number;
  instance: Addresses;
  namespace: Addresses;
  worker: TestWorker;
}

interface AttachMore {
  ports?: LocalInstance["ports"];
  isNameless?: boolean;
}

/** A machine with its data plane, told of services as a net-manager would, when an address is asked for. */
export interface TestWorker {
  machine: Machine;
  plane: TestDataPlane;
  peer: Peer;
  locals: LocalInstance[];
  /** Addresses that nobody here had asked for, in the order in which their packets came. */
  asked: string[];
}

/** All that there is to know: services, their instances and the workers. */
export interface TestCluster {
  /** @param port of the tunnel */
  join(machine: Machine, plane?: TestDataPlane, port?: number): Promise<TestWorker>;
  /** Runs the workload as the next instance of the service; `isNameless`: its worker is not told of its instance address. */
  attach(worker: TestWorker, service: string, workload: Workload, more?: AttachMore): Placed;
  addresses(service: string): Addresses;
  /** Tells a worker all that it has to do with, as after a restart. */
  tell(worker: TestWorker): void;
}

export function createTestCluster(): TestCluster {
  const services: string[] = [];
  const placed = new Map<string, Placed[]>();
  let instances = 0;

  const addresses = (service: string): Addresses => {
    if (!services.includes(service)) services.push(service);
    const index = services.indexOf(service) + 1;
    return { v4: `10.30.1.${index}`, v6: `fdff:2000::${index}` };
  };

  const programFor = (worker: TestWorker, name: string): ServiceProgram => {
    const all = placed.get(name) ?? [];
    const service = addresses(name);
    const route = (family: "v4" | "v6") => [
      { address: service[family], targets: all.map(({ namespace }) => namespace[family]) },
      ...all.map(({ instance, namespace }) => ({
        address: instance[family],
        targets: [namespace[family]],
      })),
    ];
    return {
      name,
      routes: [...route("v4"), ...route("v6")],
      attached: all.map(({ instance, namespace, worker: { peer } }) => ({
        instance,
        namespace,
        ...(peer.key !== worker.peer.key && { peer: peer.key }),
      })),
      admits: [1],
      isExclusive: false,
    };
  };

  const program = (worker: TestWorker, name: string): void => {
    for (const { worker: other } of placed.get(name) ?? []) {
      if (other.peer.key !== worker.peer.key) worker.plane.setPeer(other.peer);
    }
    worker.plane.setService(programFor(worker, name));
  };

  const answer = (worker: TestWorker, address: string): void => {
    const name = [...placed.keys()].find((candidate) =>
      programFor(worker, candidate).routes.some((route) => route.address === address),
    );
    if (name === undefined) {
      worker.plane.answer(address, { unknownForMs: 2_000 });
      return;
    }
    program(worker, name);
    worker.plane.answer(address, "known");
  };

  const nextPeer = (machine: Machine, port: number): Peer => ({
    key: machine.subnet.v4,
    subnet: machine.subnet,
    host: machine.host,
    port,
  });

  return {
    addresses,
    join: async (machine, plane = machine.dataPlane(), port = 50_103) => {
      const peer = nextPeer(machine, port);
      const worker: TestWorker = { machine, plane, peer, locals: [], asked: [] };
      plane.onUnknown(({ address }) => {
        worker.asked.push(address);
        // About as long as a question to the cluster takes.
        setTimeout(() => answer(worker, address), 5);
      });
      await plane.start({ subnet: machine.subnet, underlay: { address: machine.host, port } });
      return worker;
    },
    attach: (worker, service, workload, { ports = [], isNameless = false } = {}) => {
      const { namespace } = worker.plane.connect(workload.pid);
      const all = placed.get(service) ?? [];
      instances += 1;
      const instance = { v4: `10.30.2.${instances}`, v6: `fdff::${instances}` };
      const one = { number: all.length, instance, namespace, worker };
      placed.set(service, [...all, one]);
      const nameless = { service, number: one.number, namespace, tenant: 1, ports };
      const local = isNameless ? nameless : { ...nameless, instance };
      worker.locals.push(local);
      worker.plane.setLocal(local);
      return one;
    },
    tell: (worker) => {
      for (const local of worker.locals) worker.plane.setLocal(local);
      for (const name of placed.keys()) program(worker, name);
      worker.plane.settled();
    },
  };
}
