import type { FastifySchemaCompiler } from "fastify";

/**
 * For routes whose use case checks the body itself, with rules that no schema can state: their schema is
 * there for the API document alone, so that the faults of both are listed together.
 */
export const uncheckedBody: FastifySchemaCompiler<unknown> = () => (data) => ({ value: data });
