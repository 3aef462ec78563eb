import { STATUS_CODES } from "node:http";
import { AppError, commonErrorTable } from "../../errors.ts";
import { errorBody } from "../error-body.ts";
import { exampleOf } from "./example-of.ts";
import type { Answer, ApiDocument, Media, Operation, Parameter, Schema } from "./types.ts";

/** Where an operation stands in its document. */
export interface OperationPlace {
  path: string;
  /** lower case, as in the document */
  method: string;
  document: ApiDocument;
}

/** Set by the transformation of a route whose body may be absent; never shown. */
export const bodyIsOptional = "x-body-is-optional";

const errorReference: Schema = { $ref: "#/components/schemas/Error" };

/**
 * Adds what a generator of clients needs and what is the same for all routes: a name, who may call, the refusals that
 * the framework makes by itself, and examples of everything.
 */
export function completeOperation(operation: Operation, place: OperationPlace): Operation {
  const { [bodyIsOptional]: isOptional, ...shown } = operation as Operation & {
    [bodyIsOptional]?: boolean;
  };
  const schemas = place.document.components?.schemas ?? {};
  const { parameters, requestBody } = shown;
  const security = shown.security ?? place.document.security ?? [];
  const withMedia = (content: Record<string, Media>): Record<string, Media> =>
    mapValues(content, (media) => withExample(media, schemas));
  return {
    operationId: shown.operationId ?? operationIdOf(place),
    ...shown,
    security,
    ...(parameters === undefined
      ? {}
      : { parameters: parameters.map((one) => withParameterExample(one, schemas)) }),
    ...(requestBody === undefined
      ? {}
      : {
          requestBody: {
            ...requestBody,
            required: isOptional !== true,
            content: withMedia(requestBody.content),
          },
        }),
    responses: mapValues(
      allResponses(shown, place.method, security.length > 0),
      (answer, status) =>
        Number(status) >= 400
          ? withErrorExample(answer, Number(status), place.path)
          : withContent(withPageHeaders(answer, parameters ?? []), withMedia),
    ),
  };
}

/** `POST /api/service/{serviceid}/instance` is `postServiceInstance`; what ends in a parameter says so. */
function operationIdOf({ path, method }: OperationPlace): string {
  const segments = path
    .replace(/^\/api\//, "/")
    .split("/")
    .filter(Boolean);
  const words = segments.flatMap((segment, index) => {
    if (!segment.startsWith("{")) return [segment];
    return index === segments.length - 1 ? ["by", segment.slice(1, -1)] : [];
  });
  const name = words.flatMap((word) => word.split(/[^a-zA-Z0-9]+/)).map(capitalized);
  return `${method}${name.join("")}`;
}

function capitalized(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

/** Its own answers, and those that come before or around every handler. */
function allResponses(
  operation: Operation,
  method: string,
  isGuarded: boolean,
): Record<string, Answer> {
  const hasInput = operation.requestBody !== undefined || operation.parameters !== undefined;
  const common = [
    400,
    ...(isGuarded ? [401] : []),
    ...(method === "get" ? [] : [413, 415]),
    ...(operation.parameters?.some((one) => one.in === "path") === true ? [414] : []),
    ...(hasInput ? [422] : []),
    503,
  ];
  const refusals = common.map((status): [string, Answer] => [
    String(status),
    { description: "", content: { "application/json": { schema: errorReference } } },
  ]);
  return { ...Object.fromEntries(refusals), ...operation.responses };
}

function withErrorExample(answer: Answer, status: number, path: string): Answer {
  const [code, definition] =
    Object.entries(commonErrorTable).find(([, one]) => one.status === status) ??
    (["refused", { status, title: STATUS_CODES[status] ?? "Error" }] as const);
  const error = new AppError(code, { ...definition, status });
  const example = errorBody(error, {
    id: "4b2c7c1e-6d0f-4f5e-9a51-0a9d2f1c8e77",
    path: path.replaceAll(/[{}]/g, ""),
  });
  return withContent({ ...answer, description: STATUS_CODES[status] ?? "Error" }, (content) =>
    mapValues(content, (media) => ({ ...media, example })),
  );
}

/** By convention: what takes a cursor is a list, and tells where its next page is. */
function withPageHeaders(answer: Answer, parameters: readonly Parameter[]): Answer {
  const description = answer.description === "Default Response" ? "Success" : answer.description;
  if (!parameters.some(({ name }) => name === "cursor")) return { ...answer, description };
  return {
    ...answer,
    description,
    headers: {
      Link: {
        description: 'the next page, relative, as rel="next"; absent: there is none',
        schema: { type: "string" },
      },
      "x-total-count": {
        description: "items of all pages together",
        schema: { type: "integer", minimum: 0 },
      },
      ...answer.headers,
    },
  };
}

function withContent(
  answer: Answer,
  change: (content: Record<string, Media>) => Record<string, Media>,
): Answer {
  return answer.content === undefined ? answer : { ...answer, content: change(answer.content) };
}

function withExample(media: Media, schemas: Record<string, Schema>): Media {
  const isShown = media.example !== undefined || media.examples !== undefined;
  return isShown || media.schema === undefined
    ? media
    : { ...media, example: exampleOf(media.schema, schemas) };
}

/** Only what must be there: an example of each filter at once would find nothing. */
function withParameterExample(parameter: Parameter, schemas: Record<string, Schema>): Parameter {
  if (parameter.example !== undefined || parameter.required !== true) return parameter;
  const { name, schema } = parameter;
  const isPlainText = schema.type === "string" && schema.example === undefined;
  const example =
    isPlainText && schema["pattern"] === undefined && schema.examples === undefined
      ? plainExample(name, schemas)
      : exampleOf(schema, schemas);
  return { ...parameter, example };
}

/** Ids in paths are any text in the document, since names are tried there as well. */
function plainExample(name: string, schemas: Record<string, Schema>): unknown {
  if (name === "number") return "0";
  return /id$/.test(name) && schemas["Id"] !== undefined ? exampleOf(schemas["Id"], schemas) : name;
}

function mapValues<Value, Result>(
  record: Record<string, Value>,
  change: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}
