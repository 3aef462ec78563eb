import { type ProgramName, programPath } from "./program-paths.ts";
import {
  AGENT_NODE_FLAGS,
  type ServiceProcess,
  type ServiceProcessOptions,
} from "./service-process.ts";
import type { TestBed } from "./test-bed.ts";

/** What is the same for all services of a system under test. */
export interface SiteManners {
  logLevel?: string;
  nodeFlags?: ServiceProcessOptions["nodeFlags"];
  /** Variables that every service has. */
  commonEnv?: Readonly<Record<string, string>>;
}

/** Some services that belong together, as processes of their own. */
export interface Site<Name extends string> {
  readonly services: Readonly<Record<Name, ServiceProcess>>;
  /** Starts all of them at once, as a machine does at boot, and waits until all are ready. */
  start(): Promise<void>;
}

/** Further variables of single services. */
export type SiteEnv<Name extends string> = Readonly<
  Partial<Record<Name, Readonly<Record<string, string>>>>
>;

/** What one service is given. */
export interface Wire {
  program: ProgramName;
  env: Readonly<Record<string, string>>;
  healthUrl: string;
  /** See {@link ServiceProcessOptions}. */
  namespace?: string | undefined;
  /** See {@link ServiceProcessOptions}. */
  ownFolders?: ServiceProcessOptions["ownFolders"];
}

export interface SiteOptions<Name extends string> {
  /** Before the name of each process, to tell sites of one kind apart. */
  prefix: string;
  wires: Readonly<Record<Name, Wire>>;
  manners: SiteManners;
  env?: SiteEnv<Name> | undefined;
}

/** Prepares the services of a site; starts nothing. */
export function addSite<Name extends string>(
  bed: TestBed,
  { prefix, wires, manners, env }: SiteOptions<Name>,
): Site<Name> {
  const { logLevel = "info", nodeFlags, commonEnv } = manners;
  const added = (Object.entries(wires) as [Name, Wire][]).map(([name, wire]) => {
    const flags = nodeFlags ?? AGENT_NODE_FLAGS[wire.program];
    const service = bed.addProcess({
      name: `${prefix}${name}`,
      entry: programPath(wire.program),
      env: { ...wire.env, ...commonEnv, LOG_LEVEL: logLevel, ...env?.[name] },
      healthUrl: wire.healthUrl,
      ...(flags !== undefined && { nodeFlags: flags }),
      ...(wire.namespace !== undefined && { namespace: wire.namespace }),
      ...(wire.ownFolders !== undefined && { ownFolders: wire.ownFolders }),
    });
    return [name, service] as const;
  });
  const services = Object.fromEntries(added) as Record<Name, ServiceProcess>;
  return { services, start: () => startTogether(Object.values(services)) };
}

/** Nobody may insist on finding the others. */
export async function startTogether(services: readonly ServiceProcess[]): Promise<void> {
  for (const service of services) service.launch();
  await Promise.all(services.map((service) => service.waitUntilReady()));
}

/** Leases a port for each name. */
export async function leaseNamed<Name extends string>(
  bed: TestBed,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const leased = await bed.leasePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, leased[index]])) as Record<
    Name,
    number
  >;
}

/** Base URL of a server on the loopback. */
export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
