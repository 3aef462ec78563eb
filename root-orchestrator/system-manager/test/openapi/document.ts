import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

export interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: object;
  example?: unknown;
}

export interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}

export interface ApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** One operation with the place where it stands. */
export interface Described {
  /** `POST /api/service/{serviceid}/instance` */
  name: string;
  method: string;
  path: string;
  operation: Operation;
}

export function operationsOf({ paths }: ApiDocument): Described[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => {
      const method = verb.toUpperCase();
      return { name: `${method} ${path}`, method, path, operation };
    }),
  );
}

/** What is wrong with a value, by the schema that stands at these steps of the document; empty: nothing. */
export type Check = (steps: readonly string[], value: unknown) => string[];

export function createCheck(document: ApiDocument): Check {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, "document");
  return (steps, value) => {
    const pointer = steps
      .map((step) => step.replaceAll("~", "~0").replaceAll("/", "~1"))
      .map((step) => `/${encodeURIComponent(step)}`)
      .join("");
    const validate = ajv.getSchema(`document#${pointer}`);
    if (validate === undefined) return [`the document has nothing at ${pointer}`];
    return validate(value) === true ? [] : (validate.errors ?? []).slice(0, 5).map(sentenceOf);
  };
}

function sentenceOf({ instancePath, message = "", params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`;
}

/** Steps to the media type of an answer, which is JSON unless the operation says otherwise. */
export function answerSteps({ path, method }: Described, status: string, type: string): string[] {
  return ["paths", path, method.toLowerCase(), "responses", status, "content", type];
}

/** Steps to the media type of the body. */
export function bodySteps({ path, method }: Described, type: string): string[] {
  return ["paths", path, method.toLowerCase(), "requestBody", "content", type];
}

/** All examples of a media type. */
export function examplesOf({ example, examples }: Media): unknown[] {
  const named = Object.values(examples ?? {}).map(({ value }) => value);
  return example === undefined ? named : [example, ...named];
}
