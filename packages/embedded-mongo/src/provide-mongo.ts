import type { Logger } from "./logger.ts";
import { createEmbeddedMongo } from "./server.ts";

/** A database server that a service may use. */
export interface ProvidedMongo<Url> {
  url: Url | string;
  stop(): Promise<void>;
}

export interface MongoWish<Url> {
  /** Of a server that is there; absent: one is embedded. */
  url: Url | undefined;
  /** Where that one keeps its files. */
  dataDir: string;
  logger: Logger;
}

/** Resolves when it listens, as a service has to be told where. */
export async function provideMongo<Url>({
  url,
  dataDir,
  logger,
}: MongoWish<Url>): Promise<ProvidedMongo<Url>> {
  if (url !== undefined) return { url, stop: async () => undefined };
  const embedded = createEmbeddedMongo({ dataDir, logger });
  await embedded.start();
  return { url: embedded.url, stop: () => embedded.stop() };
}
