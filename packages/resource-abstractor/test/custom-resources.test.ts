import type { CustomType } from "@oak/contracts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually, newId, type Service, startService } from "./harness.ts";
import { answering, type Receiver, startReceiver } from "./receiver.ts";

let service: Service;
let receiver: Receiver;
beforeAll(async () => {
  service = await startService({
    hooks: { allow: [{ range: { address: "127.0.0.1", prefix: 32 } }] },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
});
afterEach(async () => {
  for (const { resource_type } of await service.call<CustomType[]>("GET /custom-resources")) {
    await service.call(`DELETE /custom-resources/${resource_type}`);
  }
});

const cameraSchema = {
  type: "object",
  properties: {
    address: { type: "string", pattern: "^rtsp://" },
    fps: { type: "integer", minimum: 1 },
    place: { type: "object", properties: { room: { type: "string" } } },
  },
  required: ["address"],
  additionalProperties: false,
};
const camera = { address: "rtsp://192.0.2.7/1", fps: 25, place: { room: "hall" } };
const path = "/custom-resources/camera";
const makeType = (schema: unknown = cameraSchema, resource_type = "camera") =>
  service.call("POST /custom-resources", { resource_type, schema });
const refusalOfSchema = (schema: unknown) =>
  service.refusal("POST /custom-resources", { resource_type: "camera", schema });

test("a resource is made, read, changed, replaced and removed", async () => {
  expect(await makeType()).toMatchObject({ resource_type: "camera", schema: cameraSchema });
  const made = await service.call(`POST ${path}`, camera);
  const one = `${path}/${made["_id"]}`;
  expect(made).toEqual({ ...camera, _id: expect.stringMatching(/^[0-9a-f]{24}$/) });
  expect(await service.call(`PATCH ${one}`, { fps: 30 })).toEqual({ ...made, fps: 30 });
  const replaced = await service.call(`PUT ${one}`, { ...made, fps: 5, place: undefined });
  expect(replaced).toEqual({ address: camera.address, fps: 5, _id: made["_id"] });
  expect(await service.call(`GET ${one}`)).toEqual(replaced);
  expect(await service.call(`DELETE ${one}`)).toEqual({ _id: made["_id"] });
  expect(await service.refusal(`GET ${one}`)).toEqual({ status: 404, code: "resource_unknown" });
});

test("what does not follow the schema is 400 and says where", async () => {
  await makeType();
  const made = await service.call(`POST ${path}`, camera);
  const wrong = { status: 400, code: "resource_invalid" };
  expect(await service.refusal(`POST ${path}`, { fps: 1 })).toEqual(wrong);
  expect(await service.refusal(`POST ${path}`, { ...camera, address: "http://x" })).toEqual(wrong);
  expect(await service.refusal(`PATCH ${path}/${made["_id"]}`, { fps: 0 })).toEqual(wrong);
  expect(await service.refusal(`PUT ${path}/${made["_id"]}`, { fps: 3 })).toEqual(wrong);
});

test("a list is filtered by fields, also inside of objects and by numbers", async () => {
  await makeType();
  await service.call(`POST ${path}`, camera);
  const other = await service.call(`POST ${path}`, { address: "rtsp://b", fps: 5 });
  expect(await service.call(`GET ${path}?fps=5`)).toEqual([other]);
  expect(await service.call(`GET ${path}?place.room=hall`)).toMatchObject([camera]);
  expect(await service.call(`GET ${path}?place.room=hall&fps=5`)).toEqual([]);
  expect(await service.call(`GET ${path}`)).toHaveLength(2);
});

test.each(["$where=1", "fps[$gt]=1", "a.$ne=1", "fps=1&fps=2", "__proto__.a.b$=1", ".=1"])(
  "a filter %s is refused",
  async (query) => {
    await makeType();
    expect(await service.refusal(`GET ${path}?${query}`)).toEqual({
      status: 422,
      code: "invalid_input",
    });
  },
);

test.each([
  { $set: { a: 1 } },
  { place: { $where: "1" } },
  { "place.room": "x" },
  { list: [{ "": 1 }] },
])("a body with a key that is no plain name is refused: %j", async (body) => {
  await makeType({ type: "object" });
  expect(await service.refusal(`POST ${path}`, body)).toEqual({
    status: 422,
    code: "invalid_input",
  });
});

test.each(["meta_data", "jobs", "resources", "Hooks"])("the type %s is taken", async (name) => {
  const body = { resource_type: name, schema: {} };
  expect(await service.refusal("POST /custom-resources", body)).toEqual({
    status: 409,
    code: "name_taken",
  });
});

test.each(["system.users", "$cmd", "../x", "a b", "", "1a"])(
  "no type is called %j",
  async (name) => {
    const body = { resource_type: name, schema: {} };
    expect(await service.refusal("POST /custom-resources", body)).toMatchObject({ status: 422 });
  },
);

test("removing a type removes its resources", async () => {
  await makeType();
  await service.call(`POST ${path}`, camera);
  await service.call(`DELETE ${path}`);
  expect(await service.refusal(`GET ${path}`)).toEqual({
    status: 404,
    code: "resource_type_unknown",
  });
  await makeType();
  expect(await service.call(`GET ${path}`)).toEqual([]);
});

test("types and their checks are there after a restart", async () => {
  await makeType();
  await service.restart();
  expect(await service.refusal(`POST ${path}`, { fps: 1 })).toMatchObject({ status: 400 });
  expect(await service.call(`POST ${path}`, camera)).toMatchObject(camera);
});

const nested = (depth: number): unknown =>
  depth === 0 ? {} : { properties: { a: nested(depth - 1) } };
const doubled = (i: number): unknown => ({
  allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }],
});
const doublings = Array.from({ length: 30 }, (_, i): [string, unknown] => [`d${i}`, doubled(i)]);
const doubling = { $defs: Object.fromEntries([...doublings, ["d30", {}]]), $ref: "#/$defs/d0" };

test.each([
  ["nested deeper than any message", nested(40), 400],
  ["larger than its limit", { enum: ["x".repeat(70_000)] }, 422],
  ["that refers to itself", { properties: { next: { $ref: "#" } } }, 422],
  ["with a circle", { $defs: { a: { items: { $ref: "#/$defs/a" } } }, $ref: "#/$defs/a" }, 422],
  ["that grows with each reference", doubling, 422],
  ["that refers to another document", { $ref: "http://127.0.0.1/schema.json" }, 422],
  ["that refers to nothing", { $ref: "#/$defs/absent" }, 422],
  ["of an unknown draft", { $schema: "http://example.com/mine" }, 422],
  ["that is none", { type: "banana" }, 422],
  ["with a part that is none", { properties: { a: 7 } }, 422],
  ["with a pattern that looks ahead", { properties: { a: { pattern: "(?=a)b" } } }, 422],
  ["with a pattern that counts far", { pattern: "((a{100}){100}){100}" }, 422],
  ["with a pattern that is none", { pattern: "(" }, 422],
  ["with a pattern of many steps", { allOf: Array(9).fill({ pattern: "[ab]{200}" }) }, 422],
  ["whose items are all compared", { properties: { a: { uniqueItems: true } } }, 422],
])("a schema %s is refused", async (_what, schema, status) => {
  expect(await refusalOfSchema(schema)).toMatchObject({ status });
});

test("a pattern that other engines never end with is matched at once", async () => {
  await makeType({ properties: { a: { type: "string", pattern: "^(a+)+$" } } });
  const startedMs = performance.now();
  const bomb = { a: `${"a".repeat(4_000)}!` };
  expect(await service.refusal(`POST ${path}`, bomb)).toMatchObject({ status: 400 });
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

test("each of several patterns is its own", async () => {
  await makeType({ properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } } });
  expect(await service.call(`POST ${path}`, { a: "a", b: "b" })).toMatchObject({ b: "b" });
  expect(await service.refusal(`POST ${path}`, { b: "a" })).toMatchObject({ status: 400 });
});

test("schemas of draft 7 are understood as such", async () => {
  const $schema = "http://json-schema.org/draft-07/schema#";
  const list = { items: [{ type: "string" }, { type: "number" }], additionalItems: false };
  await makeType({ $schema, properties: { list } });
  expect(await service.call(`POST ${path}`, { list: ["a", 1] })).toMatchObject({ list: ["a", 1] });
  expect(await service.refusal(`POST ${path}`, { list: ["a", 1, 2] })).toMatchObject({
    status: 400,
  });
});

test("a resource that is too large is refused", async () => {
  await makeType({});
  expect(await service.refusal(`POST ${path}`, { a: "x".repeat(140_000) })).toMatchObject({
    status: 413,
  });
  expect(await service.refusal(`POST ${path}`, { a: Array(20_000).fill(1) })).toMatchObject({
    status: 413,
  });
});

test("hooks of a type are asked and told, and cannot bring in what its schema forbids", async () => {
  await makeType();
  await service.call("POST /hooks", {
    hook_name: newId(),
    webhook_url: receiver.url,
    entity: "camera",
    events: ["pre_create", "post_create"],
  });
  receiver.behave(answering((body) => ({ ...body, fps: 7 })));
  const changed = await service.call(`POST ${path}`, camera);
  expect(changed).toMatchObject({ fps: 7 });
  await eventually(() =>
    expect(receiver.received.at(-1)!.body).toEqual({
      entity: "camera",
      entity_id: changed["_id"],
      event: "post_create",
    }),
  );
  receiver.behave(answering((body) => ({ ...body, colour: "red" })));
  expect(await service.call(`POST ${path}`, camera)).toMatchObject({ fps: 25 });
});
