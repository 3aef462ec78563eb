import type { BrokerConnection } from "../ports.ts";

/** The connection of the moment, for those who speak without caring which one it is. */
export interface Uplink extends Pick<BrokerConnection, "send"> {
  attach(connection: BrokerConnection): void;
  detach(): void;
}

/** What is sent while there is no connection is dropped: the inventory after the next one repairs it. */
export function createUplink(): Uplink {
  let connection: BrokerConnection | undefined;
  return {
    send: (topic, message, options) => connection?.send(topic, message, options),
    attach: (next) => {
      connection = next;
    },
    detach: () => {
      connection = undefined;
    },
  };
}
