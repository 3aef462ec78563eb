import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { startScene } from "./scene.ts";
import { firstSla } from "./wire-types.ts";

/*
 * Scripts of measurements unwrap what upstream wraps: a JSON string that holds JSON. Where configuration says so, they
 * find it; where it does not, everybody finds plain JSON.
 */
let database: TestDatabase;
let wrapped: Harness;
let plain: Harness;

beforeAll(async () => {
  database = await startTestDatabase();
  wrapped = await startScene(database, { doubleEncoded: true });
  plain = await startScene(database);
});

afterAll(async () => {
  await wrapped.stop();
  await plain.stop();
  await database.stop();
});

test("deploy, poll until it is there, undeploy: with each answer unwrapped once more", async () => {
  const { call } = wrapped;
  const token = await wrapped.login();
  const made = await call("POST", "/api/application/", { token, body: firstSla });
  const [application] = JSON.parse(made.body);
  const [service] = application.microservices;
  expect((await call("POST", `/api/service/${service}/instance`, { token })).status).toBe(200);
  const poll = async () =>
    JSON.parse((await call("GET", `/api/service/${service}`, { token })).body);
  expect((await poll()).instance_list).toHaveLength(1);
  await call("DELETE", `/api/service/${service}/instance/0`, { token });
  expect((await poll()).instance_list).toHaveLength(0);
  const list = JSON.parse(
    (await call("GET", `/api/services/${application.applicationID}`, { token })).body,
  );
  expect(list).toHaveLength(2);
  expect(
    (await call("DELETE", `/api/application/${application.applicationID}`, { token })).status,
  ).toBe(200);
});

test("unwrapping what is plain is what such scripts do when they meet a list: it is one", async () => {
  const token = await plain.login();
  const { body } = await plain.call("POST", "/api/application/", { token, body: firstSla });
  expect(Array.isArray(body)).toBe(true);
  const { headers } = await plain.call("GET", "/api/services/", { token });
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
});

test("errors are never wrapped", async () => {
  const token = await wrapped.login();
  const { status, body } = await wrapped.call("GET", "/api/service/none", { token });
  expect([status, typeof body, typeof body.message]).toEqual([404, "object", "string"]);
});
