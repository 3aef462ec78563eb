import { readFile } from "node:fs/promises";
import { NetCfg } from "@oak/contracts";
import { z } from "zod";
import { SEALED_TUNNEL_PORT } from "../domain/host-ports.ts";

const Port = z.int().min(1).max(65_535);

/** `tuncfg.json`. upstream: these keys; only the ports are of use here, the rest is worked out. */
export const TunCfg = z
  .looseObject({
    TunnelPort: Port.default(50_103),
    /** Ours alone: UDP port of WireGuard, the one after `TunnelPort` unless said otherwise. */
    WireguardPort: Port.exactOptional(),
  })
  .refine(
    ({ TunnelPort, WireguardPort = TunnelPort + 1 }) =>
      new Set([TunnelPort, WireguardPort, SEALED_TUNNEL_PORT]).size === 3,
    { error: `two different ports, and not ${SEALED_TUNNEL_PORT}`, path: ["WireguardPort"] },
  );
export type TunCfg = z.infer<typeof TunCfg>;

/**
 * Reads a configuration file of upstream's; an absent one is its defaults.
 * @throws Error that names the file and each fault
 */
export async function readNodeFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let text = "{}";
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`${file}: ${faults.join("; ")}`);
}

/** Both files of a worker. */
export interface NodeFiles {
  net: NetCfg;
  tunnel: TunCfg;
}

export async function readNodeFiles(netFile: string, tunnelFile: string): Promise<NodeFiles> {
  return {
    net: await readNodeFile(netFile, NetCfg),
    tunnel: await readNodeFile(tunnelFile, TunCfg),
  };
}
