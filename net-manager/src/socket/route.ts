import { commonErrors, faultsOf } from "@oak/kit";
import type { z } from "zod";

/** What answers a request; undefined: success without a body. */
export type Handler = (body: unknown) => Promise<unknown>;

/** By method and path, as `POST /register`. */
export type Routes = Readonly<Record<string, Handler>>;

/** A handler whose body is checked first: 400 with all that is wrong with it. */
export function route<Schema extends z.ZodType>(
  schema: Schema,
  handle: (request: z.output<Schema>) => unknown,
): Handler {
  return async (body) => {
    const parsed = schema.safeParse(body ?? {});
    if (!parsed.success) {
      const faults = faultsOf(parsed.error, body ?? {});
      const detail = faults.map(({ pointer, message }) => `${pointer} ${message}`).join("; ");
      // upstream: 400 for whatever cannot be read
      throw commonErrors.invalid_input({ status: 400, detail, faults });
    }
    return handle(parsed.data);
  };
}
