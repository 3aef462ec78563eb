import { validatorCompiler } from "@oak/kit";
import type { FastifySchemaCompiler } from "fastify";
import { z } from "zod";

/**
 * For routes whose use case checks the body itself, with rules that no schema can state: their schema is
 * there for the API document alone, so that the faults of both are listed together. Everything else is checked.
 */
export const uncheckedBody: FastifySchemaCompiler<unknown> = ({ schema, ...route }) =>
  route.httpPart !== "body" && schema instanceof z.ZodType
    ? validatorCompiler({ ...route, schema })
    : (data: unknown) => ({ value: data });
