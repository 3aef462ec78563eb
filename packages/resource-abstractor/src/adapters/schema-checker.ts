import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import { createLinearPatterns } from "../domain/custom/linear-pattern.ts";
import { schemaFault } from "../domain/custom/schema-limits.ts";

type Json = Readonly<Record<string, unknown>>;

/** Why data does not follow a schema, in words; undefined when it does. */
export type CheckData = (data: unknown) => string | undefined;

/** Makes the checks of schemas that users write. */
export interface SchemaChecker {
  /** The check, or what is wrong with the schema. */
  read(schema: Json): Promise<CheckData | { refused: string }>;
}

type Draft = "2020-12" | "7";

const drafts: Readonly<Record<string, Draft>> = {
  "https://json-schema.org/draft/2020-12/schema": "2020-12",
  "http://json-schema.org/draft-07/schema": "7",
};

const common: Options = {
  // Keywords that nobody knows say nothing, as the standard has it.
  strict: false,
  // Formats are remarks: their usual checks are patterns of the kind that can be made to take forever.
  validateFormats: false,
  logger: false,
};

/**
 * Compiles each schema with a validator of its own, so that none sees what another one defines. The library is large and
 * most tiers have no custom resources, so it is loaded with the first of them.
 */
export function createSchemaChecker(): SchemaChecker {
  let loading: ReturnType<typeof loadValidators> | undefined;
  return {
    read: async (schema) => {
      const draft = draftOf(schema);
      if (draft === undefined) return { refused: "$schema is neither draft 2020-12 nor draft 7" };
      const limit = schemaFault(schema);
      if (limit !== undefined) return { refused: limit };
      loading ??= loadValidators();
      const { standards, newValidator } = await loading;
      try {
        const standard = standards[draft];
        if (standard.validateSchema(schema) !== true) {
          return { refused: `is none: ${standard.errorsText(standard.errors)}` };
        }
        return checkOf(newValidator(draft).compile(schema));
      } catch (error) {
        return { refused: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

async function loadValidators() {
  const [{ Ajv }, { Ajv2020 }, { RE2JS }] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2020.js"),
    import("re2js"),
  ]);
  const classes = { "7": Ajv, "2020-12": Ajv2020 };
  const newValidator = (draft: Draft): Ajv => {
    const regExp = Object.assign(createLinearPatterns(RE2JS), { code: "pattern" });
    const options = { ...common, meta: false, validateSchema: false, ownProperties: true };
    return new classes[draft]({ ...options, addUsedSchema: false, code: { regExp } });
  };
  return { standards: { "7": new Ajv(common), "2020-12": new Ajv2020(common) }, newValidator };
}

function draftOf({ $schema = "https://json-schema.org/draft/2020-12/schema" }: Json) {
  const name = String($schema).replace(/#$/, "");
  return Object.hasOwn(drafts, name) ? drafts[name] : undefined;
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
