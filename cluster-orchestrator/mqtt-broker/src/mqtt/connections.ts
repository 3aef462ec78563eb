import type { Client } from "aedes";
import { type ClientIdClaims, createClientIdClaims } from "../domain/client-id-claims.ts";
import type { FrameGuard } from "../domain/frame-guard.ts";
import type { ClientIdentity } from "../domain/identity.ts";

/** What the broker keeps of one connection, beside what aedes keeps. */
export interface Connection {
  guard: FrameGuard;
  /** set when the client is admitted */
  identity?: ClientIdentity;
  username?: string;
  /** aedes knows it; from here on its end is announced by `clientDisconnect` */
  isRegistered: boolean;
  isCut: boolean;
  filters: Set<string>;
  /** kinds of complaints that are in the log already */
  complaints: Set<string>;
}

/** All connections, admitted or not, and who holds which client id. */
export interface Connections {
  add(client: Client, guard: FrameGuard): Connection;
  of(client: Client): Connection | undefined;
  remove(client: Client): void;
  all(): IterableIterator<[Client, Connection]>;
  readonly claims: ClientIdClaims<Client>;
}

export function createConnections(): Connections {
  const connections = new Map<Client, Connection>();
  return {
    claims: createClientIdClaims<Client>(),
    add: (client, guard) => {
      const connection: Connection = {
        guard,
        isRegistered: false,
        isCut: false,
        filters: new Set(),
        complaints: new Set(),
      };
      connections.set(client, connection);
      return connection;
    },
    of: (client) => connections.get(client),
    remove: (client) => connections.delete(client),
    all: () => connections.entries(),
  };
}
