import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { formatAddress, parseAddress } from "@oak/core";

export interface Server {
  address: string;
  port: number;
}

/** The resolvers of the host, read again when the file has changed. */
export type HostResolvers = () => Promise<readonly Server[]>;

const dnsPort = 53;
/** As the C library does. */
const mostServers = 3;

/** @param own addresses on which this process answers: a question handed to ourselves would never end */
export function createHostResolvers(
  file: string,
  own: () => readonly string[],
  port = dnsPort,
): HostResolvers {
  let readAs: string | undefined;
  let servers: readonly Server[] = [];
  return async () => {
    const version = await stat(file).then(
      ({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`,
      () => undefined,
    );
    if (version !== readAs) {
      servers = parseResolvConf(await readFile(file, "utf8").catch(() => ""), port);
      readAs = version;
    }
    const ownAddresses = new Set(own().map(spelt));
    return servers.filter(({ address }) => !ownAddresses.has(spelt(address))).slice(0, mostServers);
  };
}

/** The `nameserver` lines. Tests name a port behind `#`, as some resolvers write it. */
export function parseResolvConf(text: string, port: number): Server[] {
  return text.split("\n").flatMap((line) => {
    const [keyword, given = ""] = line.trim().split(/\s+/);
    const [address = "", ownPort] = given.split("#");
    if (keyword !== "nameserver" || isIP(address.split("%")[0] ?? "") === 0) return [];
    return [{ address, port: ownPort === undefined ? port : Number(ownPort) }];
  });
}

/** In one way, whichever way it was written. */
function spelt(address: string): string {
  const parsed = parseAddress(address);
  return parsed === undefined ? address : formatAddress(parsed);
}
