import type { Fault } from "./faults.ts";

/** What is fixed about a kind of error: its HTTP status and a title that never changes. */
export interface ErrorDefinition {
  status: number;
  title: string;
}

/** Stable snake_case codes and what they mean. Codes are part of the API: never renamed, never reused. */
export type ErrorTable = Readonly<Record<string, ErrorDefinition>>;

export interface AppErrorOptions {
  /** What happened this time, one sentence for a person. It is shown to the client. */
  detail?: string;
  /** Facts for programs; shown to the client. */
  params?: Readonly<Record<string, unknown>>;
  /** Everything that is wrong with the input. */
  faults?: readonly Fault[];
  /** Where one code may answer with two statuses (`invalid_input` is 422 or 400). */
  status?: number;
  cause?: unknown;
}

/** A failure that a client is told about. Everything else that is thrown is a fault of ours (500). */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly faults: readonly Fault[];

  constructor(code: string, definition: ErrorDefinition, options: AppErrorOptions = {}) {
    super(options.detail ?? definition.title, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.status = options.status ?? definition.status;
    this.title = definition.title;
    this.detail = options.detail;
    this.params = options.params;
    this.faults = options.faults ?? [];
  }
}

/** Makes one error; a plain string is the detail. */
export type ErrorFactory = (options?: string | AppErrorOptions) => AppError;

/**
 * Turns a table into one factory per code:
 * `const errors = defineErrors({ job_unknown: { status: 404, title: "No such service" } })`, then
 * `throw errors.job_unknown("No service 65f0…")`.
 */
export function defineErrors<Table extends ErrorTable>(
  table: Table,
): { readonly [Code in keyof Table]: ErrorFactory } {
  const factories = Object.entries(table).map(([code, definition]) => [
    code,
    (options?: string | AppErrorOptions) =>
      new AppError(code, definition, typeof options === "string" ? { detail: options } : options),
  ]);
  return Object.freeze(Object.fromEntries(factories));
}

/** The errors that every service has. */
export const commonErrorTable = {
  invalid_input: { status: 422, title: "The input is not valid" },
  malformed_body: { status: 400, title: "The body cannot be read" },
  unauthenticated: { status: 401, title: "Authentication is required" },
  forbidden: { status: 403, title: "You have not enough permissions" },
  not_found: { status: 404, title: "There is nothing here" },
  conflict: { status: 409, title: "This clashes with what is already there" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "This kind of body is not understood" },
  too_many_requests: { status: 429, title: "Too many requests" },
  bad_request: { status: 400, title: "The request cannot be understood" },
  internal: { status: 500, title: "Something failed inside" },
  unavailable: { status: 503, title: "Not available at the moment" },
  no_answer: { status: 504, title: "No answer in time" },
} as const satisfies ErrorTable;

export const commonErrors = defineErrors(commonErrorTable);
