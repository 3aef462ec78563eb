import { isIP } from "node:net";
import { misused } from "./world.ts";

const name = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*\.?$/i;
const loopback = /^(localhost\.?|127(\.\d+){3}|::1)$/i;

/**
 * The host of a cluster, as the worker is to dial it.
 * @throws Refusal that says what to write instead
 */
export function clusterHost(text: string, { allowLoopback = false } = {}): string {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) === 0 && !name.test(host)) {
    throw misused(
      `«${text}» is no address: write the name or the IP address alone, and the port with -p.`,
    );
  }
  if (["0.0.0.0", "::"].includes(host)) {
    throw misused(`${host} is the address of no machine: write the cluster's own.`);
  }
  if (loopback.test(host) && !allowLoopback) {
    throw misused(
      `${host} is this machine itself: write the address under which the cluster is reached by others too, or add --allow-loopback when cluster and worker are one machine.`,
    );
  }
  return host;
}

/** @throws Refusal */
export function portNumber(text: string): string {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return text;
  throw misused(`«${text}» is no port: a number from 1 to 65535.`);
}
