import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { type AppError, commonErrors } from "../errors.ts";
import { type Fault, faultsOf } from "../faults.ts";

const partNames: Readonly<Record<string, NonNullable<Fault["in"]>>> = {
  querystring: "query",
  params: "path",
  headers: "headers",
};

/** Compiles the zod schemas of routes; what fails becomes `invalid_input` with every fault listed. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ""];
  return (data: unknown) => {
    // Fastify hands an absent body over as null.
    const input = httpPart === "body" && data === null ? undefined : data;
    const result = schema.safeParse(input);
    if (result.success) return { value: result.data };
    return { error: invalidInput(faultsOf(result.error, input), part) };
  };
};

function invalidInput(faults: readonly Fault[], part: Fault["in"]): AppError {
  const located = part === undefined ? faults : faults.map((fault) => ({ ...fault, in: part }));
  return commonErrors.invalid_input({ detail: summaryOf(located), faults: located });
}

/** One sentence for clients that show `message` and nothing else. */
function summaryOf(faults: readonly Fault[]): string {
  const [first] = faults;
  if (first === undefined) return "The input is not valid";
  const place = first.pointer === "" ? "The input" : first.pointer;
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const found = first.found === undefined ? "" : `, found ${first.found}`;
  return `${place} ${first.message}${found}${rest}`;
}
