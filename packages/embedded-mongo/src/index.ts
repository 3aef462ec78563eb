export type { CommandObserver } from "./commands/dispatch.ts";
export { DataDirInUseError } from "./data-dir-lock.ts";
export type { ListenAddress } from "./listener.ts";
export type { Logger } from "./logger.ts";
export {
  createEmbeddedMongo,
  type EmbeddedMongo,
  type EmbeddedMongoOptions,
} from "./server.ts";
export { supported } from "./supported.ts";
