import { chmod } from "node:fs/promises";
import type { Server } from "node:http";
import { removeSocketFile } from "./remove-socket-file.ts";

/** Where a server listens: a host and port, or the path of a unix socket. */
export type ListenAddress =
  | { host: string; port: number; path?: never }
  | { path: string; host?: never; port?: never };

/** Resolves when the server listens, rejects when the address cannot be had. */
export async function listenOn(server: Server, address: ListenAddress): Promise<void> {
  // A socket file outlives the process that was killed; nobody can be listening behind a stale one.
  if (address.path !== undefined) await removeSocketFile(address.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve();
    });
  });
  if (address.path !== undefined) await chmod(address.path, 0o600);
}
