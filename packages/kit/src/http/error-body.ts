import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { AppError } from "../errors.ts";

const faultSchema = z.object({
  pointer: z.string().meta({ description: "JSON pointer to the place" }),
  message: z.string(),
  found: z.string().optional(),
  allowed: z.string().optional(),
  in: z.enum(["query", "path", "headers"]).optional(),
});

/** The body of each answer that is no success, for the `response` schemas of routes. */
export const errorBodySchema = z
  .object({
    code: z.int().meta({ description: "HTTP status" }),
    status: z.string().meta({ description: "Reason phrase of the HTTP status" }),
    message: z.string().meta({ description: "One sentence for a person" }),
    msg: z.string().optional().meta({ description: "The same for older clients, at the root" }),
    error: z.string().meta({ description: "Stable code of the error" }),
    type: z.string(),
    title: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    request_id: z.string(),
    params: z.record(z.string(), z.unknown()).optional(),
    errors: z.array(faultSchema).optional(),
  })
  .meta({ id: "Error", description: "What went wrong" });

export type ErrorBody = z.infer<typeof errorBodySchema>;

/** The same by RFC 9457, where `status` is the number. */
export type ProblemBody = Omit<ErrorBody, "status"> & { status: number };

export const problemMediaType = "application/problem+json";

/** The request that failed. */
export interface FailedRequest {
  id: string;
  /** Without the query, which may hold what is nobody's business. */
  path: string;
}

/**
 * upstream: clients read `{code: <int>, status: "<reason phrase>"}` and `message`; everything else is
 * added and, but for `status`, is RFC 9457.
 */
export function errorBody(error: AppError, request: FailedRequest): ErrorBody {
  return {
    code: error.status,
    status: STATUS_CODES[error.status] ?? "Error",
    message: error.message,
    error: error.code,
    type: `urn:oak:error:${error.code}`,
    title: error.title,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    instance: request.path,
    request_id: request.id,
    ...(error.params === undefined ? {} : { params: { ...error.params } }),
    ...(error.faults.length === 0 ? {} : { errors: [...error.faults] }),
  };
}

export function problemBody(error: AppError, request: FailedRequest): ProblemBody {
  return { ...errorBody(error, request), status: error.status };
}

/** Whether a client asked for RFC 9457 by name; a wildcard keeps the older form. */
export function acceptsProblem(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes(problemMediaType) ?? false;
}
