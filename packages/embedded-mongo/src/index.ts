export type { CommandObserver } from "./commands/dispatch.ts";
export { DataDirInUseError } from "./data-dir-lock.ts";
export type { ListenAddress } from "./listener.ts";
export type { Logger } from "./logger.ts";
export { type MongoWish, type ProvidedMongo, provideMongo } from "./provide-mongo.ts";
export {
  createEmbeddedMongo,
  type EmbeddedMongo,
  type EmbeddedMongoOptions,
} from "./server.ts";
export { supported } from "./supported.ts";
