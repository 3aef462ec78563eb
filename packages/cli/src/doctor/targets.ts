import { type Check, check } from "./check.ts";
import { agentCheck, networkCheck } from "./checks/agents.ts";
import { brokerCheck } from "./checks/broker.ts";
import { clusterStatusCheck, workersCheck } from "./checks/cluster-status.ts";
import { containersCheck } from "./checks/containers.ts";
import { dockerCheck } from "./checks/docker.ts";
import { datagramCheck, modulesCheck, programsCheck } from "./checks/kernel.ts";
import { diskCheck, memoryCheck, secretFileCheck, stateFolderCheck } from "./checks/machine.ts";
import { nameCheck } from "./checks/names.ts";
import { type Login, rootApiCheck } from "./checks/root-api.ts";
import { baseOf, type ExpectedService, serviceCheck, versionsCheck } from "./checks/service.ts";
import { unitCheck } from "./checks/units.ts";
import { clusterAddressCheck, publicAddressCheck } from "./checks/worker-config.ts";
import { notChecked } from "./finding.ts";

/** What is the same for every target. */
interface Place {
  address: string;
  /** Whether what is looked at runs on this machine: then its containers, files and disks are looked at too. */
  isHere: boolean;
  dockerSocket: string;
  /** Whether the part of the network is meant to be there. */
  withNetwork: boolean;
}

export interface RootPlace extends Place {
  ports: { manager: number; network: number };
  login: Login;
}

export function rootChecks(place: RootPlace): Check[] {
  const services = rootServices(place);
  const [manager] = services;
  return [
    nameCheck("root", place.address),
    ...services.map(serviceCheck),
    versionsCheck(services.map(told)),
    ...(manager === undefined ? [] : [rootApiCheck(baseOf(manager), place.login)]),
    ...machineChecks(place, [
      ...["system_manager", "root_scheduler", "root_resource_abstractor"],
      ...["root_service_manager", "mongo"],
    ]),
  ];
}

export interface ClusterPlace extends Place {
  ports: { manager: number; broker: number; network: number };
  tierSecret: string | undefined;
  /** Its root, if that was given. */
  root: { address: string; ports: RootPlace["ports"] } | undefined;
}

export function clusterChecks(place: ClusterPlace): Check[] {
  const { address: host, ports, root } = place;
  const manager = managerOf(host, ports.manager);
  const network = {
    ...at(host, ports.network, "cluster_service_manager"),
    service: "cluster-network-manager",
  };
  const services = place.withNetwork ? [manager, network] : [manager];
  const upward =
    root === undefined ? [] : rootServices({ ...root, withNetwork: place.withNetwork });
  return [
    nameCheck("cluster", host),
    ...services.map(serviceCheck),
    brokerCheck(at(host, ports.broker, "mqtt")),
    signsCheck(ports.manager, place.isHere),
    clusterStatusCheck(baseOf(manager)),
    workersCheck(baseOf(manager), place.tierSecret),
    ...(root === undefined ? [] : [nameCheck("root", root.address)]),
    ...upward.map(serviceCheck),
    versionsCheck([...services, ...upward].map(told)),
    ...machineChecks(place, [
      ...["cluster_manager", "cluster_scheduler", "cluster_resource_abstractor"],
      ...["cluster_service_manager", "mqtt", "cluster_mongo"],
    ]),
  ];
}

export interface WorkerPlace extends Omit<Place, "address"> {
  /** Of its cluster; undefined: nobody has told. */
  address: string | undefined;
  ports: { manager: number; broker: number };
  /** Without it this worker is not as it was meant to be; else the network is used where there is one. */
  isNetworkNeeded: boolean;
  files: {
    /** The one that people edit. */
    env: string;
    netcfg: string;
    engineState: string;
    networkState: string;
    networkSocket: string;
    /** Where the node-engine tells its health. */
    engineHealth: string;
    networkHealth: string;
  };
}

const units = { engine: "nodeengine", network: "netmanager" } as const;

export function workerChecks(place: WorkerPlace): Check[] {
  const { address: host, ports, files, withNetwork } = place;
  const engine = { service: "node-engine", unit: units.engine, health: files.engineHealth };
  return [
    clusterAddressCheck(host, files.env),
    ...(host === undefined ? [] : upwardOf(host, ports)),
    versionsCheck([
      ...(host === undefined ? [] : [told(managerOf(host, ports.manager))]),
      { service: engine.service, base: engine.health },
      ...(withNetwork ? [{ service: "net-manager", base: files.networkHealth }] : []),
    ]),
    unitCheck(`${units.engine}.service`),
    agentCheck(engine),
    dockerCheck({ socket: place.dockerSocket, isNeeded: true }),
    secretFileCheck(files.env),
    stateFolderCheck(files.engineState),
    diskCheck("disk of the worker", files.engineState),
    memoryCheck(),
    ...(withNetwork ? networkChecks(place) : []),
  ];
}

/** Workers whose connection to the broker stalls send them. */
function signsCheck(port: number, isHere: boolean): Check {
  const name = `signs of life ${port}/udp`;
  if (isHere) return datagramCheck(name, port);
  const why = "only a worker that has registered is answered; firewalls must let it through";
  return check(name, async () => [notChecked(name, why)]);
}

/** What a worker must reach. */
function upwardOf(host: string, ports: WorkerPlace["ports"]): Check[] {
  return [
    nameCheck("cluster", host),
    serviceCheck(managerOf(host, ports.manager)),
    brokerCheck(at(host, ports.broker, "mqtt")),
  ];
}

function managerOf(host: string, port: number): ExpectedService {
  return { ...at(host, port, "cluster_manager"), service: "cluster-manager" };
}

function told(expected: ExpectedService) {
  return { service: expected.service, base: baseOf(expected) };
}

function networkChecks({ files, isNetworkNeeded }: WorkerPlace): Check[] {
  return [
    unitCheck(`${units.network}.service`),
    networkCheck(files.networkSocket, { unit: units.network, isNeeded: isNetworkNeeded }),
    publicAddressCheck(files.netcfg),
    stateFolderCheck(files.networkState),
    programsCheck(),
    modulesCheck(),
    datagramCheck("VXLAN 50103/udp", 50_103),
    datagramCheck("WireGuard 50104/udp", 50_104),
  ];
}

function rootServices(
  root: Pick<RootPlace, "address" | "ports" | "withNetwork">,
): ExpectedService[] {
  const { address: host, ports } = root;
  const manager = { ...at(host, ports.manager, "system_manager"), service: "system-manager" };
  const network = {
    ...at(host, ports.network, "root_service_manager"),
    service: "root-network-manager",
  };
  return root.withNetwork ? [manager, network] : [manager];
}

function at(host: string, port: number, composeName: string) {
  const start = `Start it on that machine (docker compose up -d ${composeName}), or see whether it listens on 127.0.0.1 only (OAK_HOST)`;
  return { host, port, start };
}

function machineChecks({ isHere, dockerSocket }: Place, services: readonly string[]): Check[] {
  if (!isHere) return [];
  return [
    dockerCheck({ socket: dockerSocket, isNeeded: false }),
    containersCheck({ socket: dockerSocket, services }),
    diskCheck("disk", "/"),
    memoryCheck(),
  ];
}
