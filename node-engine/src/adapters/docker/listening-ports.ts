import { readFile } from "node:fs/promises";
import type { PortMapping } from "@oak/contracts";

/** State of a TCP socket that listens, in the tables of the kernel: `TCP_LISTEN`. */
const LISTENS = "0A";

/** `sl local_address:port remote_address:port state …`, all in hexadecimal. */
const SOCKET = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm;

/** Ports with a socket that takes new connections (or, of UDP, datagrams), out of a table such as `/proc/net/tcp`. */
export function portsIn(table: string, protocol: PortMapping["protocol"]): Set<number> {
  const sockets = [...table.matchAll(SOCKET)];
  const open = sockets.filter(([, , state]) => protocol === "udp" || state === LISTENS);
  return new Set(open.map(([, port = ""]) => Number.parseInt(port, 16)));
}

/** Whether something in the network namespace of this process takes what comes to all of these ports; no when it is gone. */
export async function isListening(pid: number, ports: readonly PortMapping[]): Promise<boolean> {
  for (const protocol of ["tcp", "udp"] as const) {
    const wanted = ports.filter((port) => port.protocol === protocol);
    if (wanted.length === 0) continue;
    const tables = [protocol, `${protocol}6`].map((name) => readTable(pid, name));
    const open = portsIn((await Promise.all(tables)).join(""), protocol);
    if (!wanted.every(({ container }) => open.has(container))) return false;
  }
  return true;
}

/** Without IPv6 in the kernel there is one table less. */
function readTable(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "");
}
