import { AppError, type ErrorBody, errorBodySchema, HttpError } from "@oak/kit";
import { errors } from "../../errors.ts";

const Refusal = errorBodySchema.pick({ error: true, title: true, message: true }).extend({
  detail: errorBodySchema.shape.detail,
  params: errorBodySchema.shape.params,
  errors: errorBodySchema.shape.errors,
});

/**
 * What the resource abstractor says to a request that is the user's own goes on to the user as it is. That it does not
 * know us is not the user's doing.
 */
export function passedOn(error: unknown): never {
  if (!(error instanceof HttpError) || error.status === 401) throw error;
  const refusal = Refusal.safeParse(error.body);
  if (!refusal.success) throw error;
  throw appErrorOf(error.status, refusal.data);
}

/** A hook's refusal of something that the front door writes, with what the hook says. */
export function refusalByHook(error: unknown): AppError | undefined {
  if (!(error instanceof HttpError) || error.code !== "refused_by_hook") return undefined;
  const refusal = Refusal.safeParse(error.body);
  const detail = refusal.success ? refusal.data.message : "A hook refuses this";
  return errors.refused_by_hook({ detail, cause: error });
}

type Refusal = Pick<ErrorBody, "error" | "title" | "detail" | "params" | "errors">;

function appErrorOf(status: number, refusal: Refusal): AppError {
  const { error: code, title, detail, params, errors: faults } = refusal;
  return new AppError(
    code,
    { status, title },
    {
      ...(detail === undefined ? {} : { detail }),
      ...(params === undefined ? {} : { params }),
      ...(faults === undefined ? {} : { faults: faults.map(withoutGaps) }),
    },
  );
}

type Faults = NonNullable<Refusal["errors"]>;

function withoutGaps({ pointer, message, found, allowed, in: part }: Faults[number]) {
  return {
    pointer,
    message,
    ...(found === undefined ? {} : { found }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(part === undefined ? {} : { in: part }),
  };
}
