import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { revealed, type Secret } from "@oak/kit";
import type { TlsIdentity } from "../mqtt/listener.ts";

/** upstream: a directory `MQTT_CERT` with ca.crt, cluster.crt and cluster.key. */
export async function readTlsIdentity(
  directory: string,
  passphrase: Secret | undefined,
): Promise<TlsIdentity> {
  const [cert, key] = await Promise.all([
    readFile(join(directory, "cluster.crt"), "utf8"),
    readFile(join(directory, "cluster.key"), "utf8"),
  ]);
  return {
    cert,
    key,
    ...(passphrase === undefined ? {} : { passphrase: revealed(passphrase) }),
  };
}
