// Apart from the rest, so that services without a broker do not load its client.
export * from "./broker-link.ts";
export * from "./hearing.ts";
export * from "./worker-queues.ts";
