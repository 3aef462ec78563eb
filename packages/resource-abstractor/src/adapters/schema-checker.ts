import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { linearPattern } from "../domain/custom/linear-pattern.ts";
import { schemaFault } from "../domain/custom/schema-limits.ts";

type Json = Readonly<Record<string, unknown>>;

/** Why data does not follow a schema, in words; undefined when it does. */
export type CheckData = (data: unknown) => string | undefined;

/** Makes the checks of schemas that users write. */
export interface SchemaChecker {
  /** The check, or what is wrong with the schema. */
  read(schema: Json): CheckData | { refused: string };
}

const drafts = {
  "https://json-schema.org/draft/2020-12/schema": Ajv2020,
  "http://json-schema.org/draft-07/schema": Ajv,
} as const;
const newest = "https://json-schema.org/draft/2020-12/schema";

const options: Options = {
  // Keywords that nobody knows say nothing, as the standard has it.
  strict: false,
  allErrors: false,
  // Formats are remarks: their usual checks are patterns of the kind that can be made to take forever.
  validateFormats: false,
  // The schema is judged here; it is not to be found again by its name.
  addUsedSchema: false,
  ownProperties: true,
  logger: false,
  code: { regExp: Object.assign(linearPattern, { code: "linearPattern" }) },
};

/** Compiles one schema at a time, each with a validator of its own, so that none sees what another one defines. */
export function createSchemaChecker(): SchemaChecker {
  return {
    read: (schema) => {
      const draft = draftOf(schema);
      if (draft === undefined) return { refused: "$schema is neither draft 2020-12 nor draft 7" };
      const limit = schemaFault(schema);
      if (limit !== undefined) return { refused: limit };
      try {
        return checkOf(new draft(options).compile(schema));
      } catch (error) {
        return { refused: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

function draftOf({ $schema = newest }: { $schema?: unknown }) {
  const name = String($schema).replace(/#$/, "");
  return Object.hasOwn(drafts, name) ? drafts[name as keyof typeof drafts] : undefined;
}

function checkOf(validate: ValidateFunction): CheckData {
  return (data) => {
    if (validate(data)) return undefined;
    const [first] = validate.errors ?? [];
    return first === undefined ? "does not follow its schema" : sentenceOf(first);
  };
}

function sentenceOf({ instancePath, message = "is not right", params }: ErrorObject): string {
  const place = instancePath === "" ? "the resource" : instancePath;
  const extra: unknown = params["additionalProperty"];
  return `${place} ${message}${typeof extra === "string" ? ` (${extra})` : ""}`;
}
