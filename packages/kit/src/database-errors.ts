import { type AppError, commonErrors } from "./errors.ts";

/**
 * Errors of the driver are known by name: an `instanceof` would load the driver into services that
 * have no database.
 */
const unreachableNames = new Set([
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoServerSelectionError",
  "MongoNotConnectedError",
  "MongoTopologyClosedError",
  "MongoServerClosedError",
  "MongoClientClosedError",
  "MongoPoolClosedError",
  "MongoPoolClearedError",
  "MongoWaitQueueTimeoutError",
  "PoolClearedOnNetworkError",
]);

/** Socket errors that the driver lets through as they are when a kept connection turns out to be dead. */
const brokenSocketCodes = new Set(["EPIPE", "ECONNRESET"]);

/** Codes of a server that is there but does not take commands now: election, shutdown, recovery. */
const notNowCodes = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

/** What the server answers when a unique index refuses a write. */
export const DUPLICATE_KEY = 11000;

/** Whether the database could not be reached or refuses work for the moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (unreachableNames.has(error.name)) return true;
  const code = codeOf(error);
  return typeof code === "number" ? notNowCodes.has(code) : brokenSocketCodes.has(code ?? "");
}

/** Whether a unique index refused a write. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === DUPLICATE_KEY;
}

/** What a client is told about an error of the driver; undefined for everything else. */
export function databaseErrorToAppError(error: unknown): AppError | undefined {
  if (isDatabaseUnavailable(error)) {
    return commonErrors.unavailable({ detail: "The database is not reachable", cause: error });
  }
  return isDuplicateKey(error) ? commonErrors.conflict({ cause: error }) : undefined;
}

function codeOf(error: Error): number | string | undefined {
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "number" || typeof code === "string" ? code : undefined;
}
