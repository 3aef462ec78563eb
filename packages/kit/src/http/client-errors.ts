/** The other side answered, but not with success. */
export class HttpError extends Error {
  readonly status: number;
  /** The answer, parsed when it was JSON. */
  readonly body: unknown;
  /** The stable code of the error when the other side is one of ours. */
  readonly code: string | undefined;

  constructor(request: string, answer: { status: number; body: unknown }) {
    const { error, message } = errorFields(answer.body);
    super(`${request} answered ${answer.status}${message === undefined ? "" : `: ${message}`}`);
    this.name = "HttpError";
    this.status = answer.status;
    this.body = answer.body;
    this.code = error;
  }
}

/** No answer: nobody listens, the connection broke, or the time was over. What was asked may be done or not. */
export class UnreachableError extends Error {
  readonly isTimeout: boolean;

  constructor(request: string, options: { isTimeout: boolean; cause: unknown }) {
    const reason = options.isTimeout ? "no answer in time" : "no connection";
    super(`${request} failed: ${reason}`, { cause: options.cause });
    this.name = "UnreachableError";
    this.isTimeout = options.isTimeout;
  }
}

/** A success whose body is not what the contract says. */
export class UnexpectedAnswerError extends Error {
  constructor(request: string, cause: unknown) {
    super(`${request} answered something unexpected`, { cause });
    this.name = "UnexpectedAnswerError";
  }
}

function errorFields(body: unknown): { error?: string; message?: string } {
  if (typeof body !== "object" || body === null) return {};
  const { error, message } = body as { error?: unknown; message?: unknown };
  return {
    ...(typeof error === "string" ? { error } : {}),
    ...(typeof message === "string" ? { message } : {}),
  };
}
