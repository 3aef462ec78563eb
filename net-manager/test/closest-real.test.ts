import type { TableEntry, TableResult } from "@oak/contracts";
import { afterEach, describe, expect, test } from "vitest";
import type { Addresses } from "../src/ports.ts";
import type { Bed, Machine } from "./data-plane-bed.ts";
import { createTestCluster, type TestWorker } from "./data-plane-cluster.ts";
import type { Workload } from "./data-plane-workload.ts";
import { anAttach, aTable, eventually, web } from "./harness.ts";
import { type RealHarness, startRealHarness } from "./real-harness.ts";

const canMakeNamespaces = process.getuid?.() === 0;

const closest = "10.30.0.2";
const tunnelPort = 50_103;
/** Packets to a worker pass a relay in front of its tunnel, which holds them up. */
const relayPort = 50_203;
const clients = "shop.prod.clients.prod";
const clientAt: Addresses = { v4: "10.30.3.0", v6: "fdff::3:0" };

interface Far {
  name: string;
  worker: TestWorker;
  namespace: Addresses;
  setDelay(delayMs: number): Promise<void>;
}

describe.skipIf(!canMakeNamespaces)("closest addresses in the kernel", { timeout: 60_000 }, () => {
  let harness: RealHarness;
  let client: Workload;
  let rounds: number;
  /** Names of the workloads to which the closest address has led, in turn. */
  let led: string[];

  afterEach(() => harness.stop());

  /** A worker with an instance, as another net-manager has set it up. */
  const aFarWorker = async (bed: Bed, name: string, number: number): Promise<Far> => {
    const machine = bed.machine();
    const worker = await createTestCluster().join(machine);
    const relay = await bed.workload(`${name}-relay`, machine.path);
    const setDelay = (delayMs: number) =>
      relay.relay(relayPort, { host: machine.host, to: tunnelPort, delayMs });
    await setDelay(0);
    const workload = await bed.workload(name);
    await workload.listen(80);
    const { namespace } = worker.plane.connect(workload.pid);
    const instance = { v4: `10.30.1.${number}`, v6: `fdff::1:${number}` };
    worker.plane.setLocal({ service: web, number, namespace, instance, tenant: 1, ports: [] });
    return { name, worker, namespace, setDelay };
  };

  const entryAt = (entry: TableEntry, { worker: { machine }, namespace }: Far): TableEntry => ({
    ...entry,
    ...{ namespace_ip: namespace.v4, namespace_ip_v6: namespace.v6 },
    ...{ host_ip: machine.host, host_port: relayPort },
  });

  const tableOf = (all: readonly Far[]): TableResult => {
    const table = aTable(Object.fromEntries(all.map(({ namespace }, n) => [n, namespace.v4])));
    const entries = table.instance_list.map((entry, n) => {
      const far = all[n];
      return far === undefined ? entry : entryAt(entry, far);
    });
    return { ...table, instance_list: entries };
  };

  const clientsTable = (): TableResult => {
    const { instance_list, ...table } = aTable({ 0: null }, { app_name: clients });
    const own = { instance_ip: clientAt.v4, instance_ip_v6: clientAt.v6, service_ip: [] };
    const entries = instance_list.map((entry) => ({ ...entry, ...own }));
    return { ...table, service_ip_list: [], instance_list: entries };
  };

  /** Where replies to the client go, as a net-manager there finds out by asking. */
  const tellOfClient = ({ worker: { plane } }: Far, machine: Machine, namespace: Addresses) => {
    const attached = [{ instance: clientAt, namespace, peer: machine.subnet.v4 }];
    plane.setService({ name: clients, routes: [], attached, admits: [1], isExclusive: false });
  };

  const start = async (): Promise<[Far, Far]> => {
    [rounds, led] = [0, []];
    harness = await startRealHarness(async (bed, machine) => {
      const prober = await bed.workload("prober", machine.path);
      return {
        measureMs: 50,
        idleMs: 60_000,
        measureRoundTrip: async (host, port, timeoutMs) => {
          rounds += 1 / 3 / 2;
          return prober.roundTrip(host, port, timeoutMs);
        },
      };
    });
    const { bed, machine, cluster, plane } = harness;
    const one = await aFarWorker(bed, "one", 0);
    const other = await aFarWorker(bed, "other", 1);
    const names = new Map([one, other].map(({ name, namespace }) => [namespace.v4, name]));
    const { setService } = plane;
    plane.setService = (program) => {
      const [target] = program.routes.find(({ address }) => address === closest)?.targets ?? [];
      const name = names.get(target ?? "");
      if (name !== undefined && name !== led.at(-1)) led.push(name);
      setService(program);
    };
    cluster.tables.set(web, tableOf([one, other]));
    cluster.tables.set(clients, clientsTable());
    await harness.register();
    client = await bed.workload("client");
    const deployed = await harness.post(
      "/container/deploy",
      anAttach({ serviceName: clients, pid: client.pid }),
    );
    const { nsAddress, nsAddressv6 } = deployed as { nsAddress: string; nsAddressv6: string };
    for (const far of [one, other]) {
      far.worker.plane.setPeer({
        ...{ key: machine.subnet.v4, subnet: machine.subnet },
        ...{ host: machine.host, port: tunnelPort },
      });
      tellOfClient(far, machine, { v4: nsAddress, v6: nsAddressv6 });
    }
    return [one, other];
  };

  const pass = async (count: number): Promise<void> => {
    const until = rounds + count;
    await eventually(() => expect(rounds).toBeGreaterThan(until), 30_000);
  };

  test("a nearer worker takes over once, and what is open stays where it is", async () => {
    const [one, other] = await start();
    await one.setDelay(40);
    await other.setDelay(10);
    expect(await client.ask(closest, 80)).toMatchObject({ dialled: closest });
    await eventually(() => expect(led.at(-1)).toBe("other"), 30_000);
    const [begun] = [led.length];
    expect(await client.ask(closest, 80)).toMatchObject({ server: "other", client: clientAt.v4 });
    expect(await client.stream(closest, 80)).toEqual({});
    await other.setDelay(200);
    await eventually(() => expect(led.at(-1)).toBe("one"), 30_000);
    expect(await client.ask(closest, 80)).toMatchObject({ server: "one", client: clientAt.v4 });
    // For a moment nearer, time and again, is not nearer.
    for (const delayMs of [30, 200, 30, 200]) {
      await other.setDelay(delayMs);
      await pass(2);
    }
    expect(led.slice(begun)).toEqual(["one"]);
    const { answers, error } = await client.endStream(closest);
    expect({ error, isAlive: answers > 5 }).toEqual({ error: undefined, isAlive: true });
  });
});
