import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ports that nobody else on this machine leases at the same time. */
export interface PortLease {
  readonly ports: readonly number[];
  /** Gives them back; twice is no error. A process that ends without it gives them back all the same. */
  release(): void;
}

/** Makes leases; one on the same folder and the same machine sees those of all others. */
export interface PortLeases {
  /** `count` free ports, not necessarily next to each other. */
  lease(count: number): Promise<PortLease>;
  /**
   * An offset with which every one of `ports` is free, for programs that shift all their
   * ports at once.
   */
  leaseOffset(ports: readonly number[]): Promise<PortLease & { readonly offset: number }>;
}

export interface PortLeasesOptions {
  /** Where the leases are kept: the same for all that share a machine. */
  folder?: string;
  random?: () => number;
  /** First and last port that may be leased. */
  range?: readonly [number, number];
}

/** Above the ports that services have by default, also those of this system. */
const firstPort = 13_000;
/** What Linux uses for outgoing connections unless it is told otherwise. */
const usualEphemeralRange = [32_768, 60_999] as const;
const smallestUsefulRange = 1_000;

/**
 * Ports for processes that must come back on the same port after they were killed. Port 0 cannot do that,
 * and a port of the ephemeral range may meanwhile have become the near end of somebody's connection: so
 * leases come from outside of it. A lease is a file that is made exclusively and names the process.
 */
export function createPortLeases(options: PortLeasesOptions = {}): PortLeases {
  const { random = Math.random } = options;
  const folder = options.folder ?? join(tmpdir(), "oak-port-leases");
  const [first, last] = options.range ?? leasableRange(readEphemeralRange());

  const leaseAll = async (ports: readonly number[]): Promise<PortLease | undefined> => {
    const taken: number[] = [];
    const release = (): void => {
      for (const port of taken.splice(0)) rmSync(leaseFile(folder, port), { force: true });
    };
    for (const port of ports) {
      if (!takeLease(folder, port)) break;
      taken.push(port);
      if (!(await isFree(port))) break;
      if (taken.length === ports.length) return { ports, release };
    }
    release();
    return undefined;
  };

  const search = async (pattern: readonly number[]) => {
    prepare(folder);
    const span = Math.max(...pattern);
    const places = last - span - first + 1;
    // Starting anywhere keeps processes that search at the same time out of each other's way.
    const start = Math.floor(random() * places);
    for (let step = 0; step < places; step += 1) {
      const base = first + ((start + step) % places);
      const lease = await leaseAll(pattern.map((distance) => base + distance));
      if (lease !== undefined) return { base, lease };
    }
    throw new Error(`No ports of this pattern are free from ${first} to ${last}`);
  };

  return {
    lease: async (count) => {
      const leases: PortLease[] = [];
      const release = (): void => {
        for (const lease of leases) lease.release();
      };
      try {
        while (leases.length < count) leases.push((await search([0])).lease);
      } catch (error) {
        release();
        throw error;
      }
      return { ports: leases.flatMap(({ ports }) => ports), release };
    },
    leaseOffset: async (ports) => {
      const lowest = Math.min(...ports);
      const { base, lease } = await search(ports.map((port) => port - lowest));
      return { ...lease, offset: base - lowest };
    },
  };
}

function leasableRange([low, high]: readonly [number, number]): readonly [number, number] {
  const below = [firstPort, low - 1] as const;
  const above = [high + 1, 65_535] as const;
  const widest = below[1] - below[0] >= above[1] - above[0] ? below : above;
  // A machine that uses nearly all ports for connections: a lease is then a best effort.
  return widest[1] - widest[0] < smallestUsefulRange ? [firstPort, 65_535] : widest;
}

function readEphemeralRange(): readonly [number, number] {
  try {
    const text = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    const [low = usualEphemeralRange[0], high = usualEphemeralRange[1]] = text
      .trim()
      .split(/\s+/)
      .map(Number);
    return [low, high];
  } catch {
    return usualEphemeralRange;
  }
}

/** Open to every user, so that all of them see each other's leases. */
function prepare(folder: string): void {
  if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o1777);
}

function leaseFile(folder: string, port: number): string {
  return join(folder, String(port));
}

function takeLease(folder: string, port: number): boolean {
  const file = leaseFile(folder, port);
  return createExclusively(file) || (isAbandoned(file) && takeOver(file));
}

/**
 * Two that find the same abandoned lease must not both delete it, the second one would delete the lease of
 * the first. Who dies in between loses the machine one port, and nothing else.
 */
function takeOver(file: string): boolean {
  const guard = `${file}.takeover`;
  if (!createExclusively(guard)) return false;
  try {
    if (!isAbandoned(file)) return false;
    rmSync(file, { force: true });
    return createExclusively(file);
  } finally {
    rmSync(guard, { force: true });
  }
}

function createExclusively(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // Empty: made a moment ago, its process has not come to writing yet.
    return pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => resolve(true)));
  });
}
