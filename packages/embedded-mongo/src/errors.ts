import type { BsonDocument } from "./document.ts";

/** The codes of MongoDB's error table that this server can answer with. */
export const errorCodes = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  ShutdownInProgress: 91,
  CannotIndexParallelArrays: 171,
  OutOfDiskSpace: 14031,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
} as const;

export type ErrorCodeName = keyof typeof errorCodes;

/**
 * A refusal in MongoDB's own terms: the driver turns it into its usual `MongoServerError` with
 * this code. `details` are further members of the error document (`keyPattern`, `keyValue`, …).
 */
export class CommandError extends Error {
  readonly codeName: ErrorCodeName;
  readonly code: number;
  readonly details: BsonDocument;

  constructor(codeName: ErrorCodeName, message: string, details: BsonDocument = {}) {
    super(message);
    this.name = "CommandError";
    this.codeName = codeName;
    this.code = errorCodes[codeName];
    this.details = details;
  }
}

export const badValue = (message: string): CommandError => new CommandError("BadValue", message);

export const typeMismatch = (message: string): CommandError =>
  new CommandError("TypeMismatch", message);

/** The reply document of a command that failed as a whole. */
export function errorReply(error: CommandError): BsonDocument {
  return {
    ok: 0,
    errmsg: error.message,
    code: error.code,
    codeName: error.codeName,
    ...error.details,
  };
}
