import { expect, test } from "vitest";
import { finishDocument } from "./finish-document.ts";
import type { ApiDocument, Operation, Schema } from "./types.ts";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema) => ({ content: { "application/json": { schema } } });
const success = (schema: Schema) => ({ 200: { description: "Default Response", ...json(schema) } });

const Thing: Schema = {
  type: "object",
  properties: { name: { type: "string" }, size: { type: "integer", minimum: 3 } },
  required: ["name", "size"],
};
const Box: Schema = { type: "object", properties: { thing: ref("Thing") }, required: ["thing"] };
const boxInput: Schema = { ...Box, properties: { thing: ref("ThingInput") } };
const schemas = {
  Box,
  BoxInput: boxInput,
  Thing,
  ThingInput: Thing,
  OtherInput: { type: "object" },
  Error: { type: "object" },
};

function finished(paths: Record<string, Record<string, Operation>>, more: object = {}) {
  return finishDocument({
    security: [{ bearerAuth: [] }],
    components: { schemas: { ...schemas, ...more } },
    paths,
  } as ApiDocument);
}

function operationOf(operation: Partial<Operation>, method = "post"): Operation {
  const document = finished({
    "/api/box/{boxid}/thing": { [method]: { responses: success(ref("Box")), ...operation } },
  });
  return document.paths?.["/api/box/{boxid}/thing"]?.[method] as Operation;
}

test("an operation is named after its method and path, unless it has a name", () => {
  expect(operationOf({}).operationId).toBe("postBoxThing");
  expect(operationOf({ operationId: "fill" }).operationId).toBe("fill");
  const { paths } = finished({ "/api/box/{boxid}": { get: { responses: success({}) } } });
  expect(paths?.["/api/box/{boxid}"]?.["get"]?.operationId).toBe("getBoxByBoxid");
});

test("each operation says who may call it and how it refuses", () => {
  const guarded = operationOf({ requestBody: json(ref("BoxInput")) });
  expect(guarded.security).toEqual([{ bearerAuth: [] }]);
  expect(Object.keys(guarded.responses)).toEqual(["200", "400", "401", "413", "415", "422", "503"]);
  const open = operationOf({ security: [] }, "get");
  expect(open.security).toEqual([]);
  expect(Object.keys(open.responses)).toEqual(["200", "400", "503"]);
  expect(open.responses["503"]).toMatchObject({
    description: "Service Unavailable",
    content: { "application/json": { example: { code: 503, error: "unavailable" } } },
  });
});

test("requests and answers have examples: those of the author, else made from the schema", () => {
  const { requestBody, responses } = operationOf({
    requestBody: json(ref("BoxInput")),
    responses: success({
      type: "array",
      items: { ...Thing, examples: [{ name: "hat", size: 9 }] },
    }),
  });
  expect(requestBody?.content["application/json"]?.example).toEqual({
    thing: { name: "text", size: 3 },
  });
  expect(responses["200"]?.content?.["application/json"]?.example).toEqual([
    { name: "hat", size: 9 },
  ]);
});

test("a list with a cursor tells of its headers", () => {
  const cursor = { name: "cursor", in: "query", schema: { type: "string" } };
  const { responses } = operationOf({ parameters: [cursor] });
  expect(Object.keys(responses["200"]?.headers ?? {})).toEqual(["Link", "x-total-count"]);
});

test("a schema that is read as it is written stands there once", () => {
  const { components } = finished({
    "/box": { put: { requestBody: json(ref("BoxInput")), responses: success(ref("Box")) } },
    "/other": { put: { requestBody: json(ref("OtherInput")), responses: {} } },
  });
  expect(Object.keys(components?.schemas ?? {})).toEqual(["Box", "Error", "Other", "Thing"]);
});

test("one that differs keeps both names, and so do those that refer to it", () => {
  const { components } = finished(
    { "/box": { put: { requestBody: json(ref("BoxInput")), responses: success(ref("Box")) } } },
    { ThingInput: { type: "object" } },
  );
  const names = Object.keys(components?.schemas ?? {});
  expect(names).toEqual(["Box", "BoxInput", "Error", "Thing", "ThingInput"]);
});

test("a schema that contains itself has an example all the same", () => {
  const Tree: Schema = {
    type: "object",
    properties: { children: { type: "array", items: ref("Tree") } },
    required: ["children"],
  };
  const { paths } = finished({ "/tree": { get: { responses: success(ref("Tree")) } } }, { Tree });
  expect(paths?.["/tree"]?.["get"]?.responses["200"]?.content?.["application/json"]).toMatchObject({
    example: { children: [{ children: expect.any(Array) }] },
  });
});
