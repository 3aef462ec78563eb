import type { FastifyReply, FastifyRequest } from "fastify";
import { databaseErrorToAppError } from "../database-errors.ts";
import { AppError, type AppErrorOptions, commonErrors, type commonErrorTable } from "../errors.ts";
import { acceptsProblem, errorBody, problemBody, problemMediaType } from "./error-body.ts";

/** The one place where errors become answers. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const appError = withRouteStatus(toAppError(error), request);
  logError(error, appError, request);
  const failed = { id: request.id, path: request.url.split("?")[0] ?? "/" };
  reply.code(appError.status);
  if (appError.status === 401) reply.header("www-authenticate", "Bearer");
  if (acceptsProblem(request.headers.accept)) {
    reply.type(problemMediaType).serializer(JSON.stringify).send(problemBody(appError, failed));
    return;
  }
  // A serializer of its own: a route's response schema must not be able to break an error.
  reply
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(errorBody(appError, failed));
}

/** The answer for paths that no route serves. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split("?")[0] ?? "/";
  answerError(commonErrors.not_found(`No route ${request.method} ${path}`), request, reply);
}

/** What a client may know about an error; anything unexpected is `internal` without a word of it. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return databaseErrorToAppError(error) ?? frameworkError(error) ?? internalError(error);
}

function internalError(cause: unknown): AppError {
  return commonErrors.internal({ cause });
}

const codesByStatus = new Map<number, keyof typeof commonErrorTable>([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not_found"],
  [409, "conflict"],
  [413, "payload_too_large"],
  [415, "unsupported_media_type"],
  [422, "invalid_input"],
  [429, "too_many_requests"],
  [503, "unavailable"],
]);

/** Errors of Fastify and its plugins carry a status; below 500 their text is meant for the client. */
function frameworkError(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const status: unknown = Reflect.get(error, "statusCode");
  if (typeof status !== "number" || status < 400 || status > 503) return undefined;
  if (status >= 500 && status !== 503) return undefined;
  // Fastify would repeat the whole of it.
  const detail = status === 414 ? "A part of the path is too long" : error.message;
  const options: AppErrorOptions = { detail, status, cause: error };
  return commonErrors[codesByStatus.get(status) ?? "bad_request"](options);
}

/** A route may say that its faults of validation are 400, as some of Oakestra's are. */
function withRouteStatus(error: AppError, request: FastifyRequest): AppError {
  const status = request.routeOptions?.config?.validationStatus;
  const isValidation = error.code === "invalid_input" && Object.hasOwn(error, "validationContext");
  if (status === undefined || !isValidation) return error;
  const { title, detail, faults } = error;
  return new AppError(error.code, { status, title }, { faults, ...(detail && { detail }) });
}

/** Somebody else has failed, or is not there. */
const isElsewhere: ReadonlySet<number> = new Set([501, 503, 504]);

function logError(error: unknown, appError: AppError, request: FastifyRequest): void {
  const facts = { status: appError.status, code: appError.code };
  if (appError.status >= 500 && !isElsewhere.has(appError.status)) {
    request.log.error({ ...facts, err: error }, "request failed inside");
  } else if (appError.status >= 500) {
    request.log.warn({ ...facts, err: error }, "request failed, dependency not available");
  } else {
    request.log.debug({ ...facts, faults: appError.faults }, "request refused");
  }
}
