import { maxDocumentBytes } from "../storage/document-writer.ts";
import { maxMessageBytes } from "../wire/message.ts";
import type { Command } from "./context.ts";

/**
 * MongoDB 7.0. No `logicalSessionTimeoutMinutes` and no `setName`: without sessions the driver
 * repeats no write by itself, so an `$inc` whose answer got lost never runs twice.
 */
const wireVersions = { minWireVersion: 0, maxWireVersion: 21 } as const;

export const maxWriteBatchSize = 100_000;

const hello: Command = {
  fields: [
    "helloOk",
    "client",
    "compression",
    "loadBalanced",
    "saslSupportedMechs",
    "speculativeAuthenticate",
    "topologyVersion",
    "maxAwaitTimeMS",
    "backpressure",
  ],
  run: () => ({
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: maxDocumentBytes,
    maxMessageSizeBytes: maxMessageBytes,
    maxWriteBatchSize,
    localTime: new Date(),
    ...wireVersions,
    readOnly: false,
    ok: 1,
  }),
};

const ok: Command = { fields: [], run: () => ({ ok: 1 }) };

const buildInfo: Command = {
  fields: [],
  run: () => ({
    version: "7.0.0",
    versionArray: [7, 0, 0, 0],
    modules: ["embedded-mongo"],
    maxBsonObjectSize: maxDocumentBytes,
    ok: 1,
  }),
};

export const handshakeCommands = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: ok,
  buildInfo,
  buildinfo: buildInfo,
  endSessions: ok,
} as const satisfies Record<string, Command>;
