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

/** Codes of a server that is there but does not take commands now: election, shutdown, recovery. */
const notNowCodes = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

const duplicateKeyCode = 11000;

/** Whether the database could not be reached or refuses work for the moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return unreachableNames.has(error.name) || notNowCodes.has(codeOf(error));
}

/** Whether a unique index refused a write. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === duplicateKeyCode;
}

/** What a client is told about an error of the driver; undefined for everything else. */
export function databaseErrorToAppError(error: unknown): AppError | undefined {
  if (isDatabaseUnavailable(error)) {
    return commonErrors.unavailable({ detail: "The database is not reachable", cause: error });
  }
  return isDuplicateKey(error) ? commonErrors.conflict({ cause: error }) : undefined;
}

function codeOf(error: Error): number {
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "number" ? code : Number.NaN;
}
