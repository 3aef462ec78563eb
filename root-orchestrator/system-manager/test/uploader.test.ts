import { afterAll, beforeAll, expect, test } from "vitest";
import { anSla, slaWithService } from "../../../packages/core/test/sla-documents.ts";
import { startTestDatabase, type TestDatabase } from "./harness.ts";
import { type People, startPeople } from "./people.ts";

let database: TestDatabase;
let people: People;

beforeAll(async () => {
  database = await startTestDatabase();
  people = await startPeople(database);
});

afterAll(async () => {
  expect(people.harness.stores.storedApplications.size).toBe(0);
  await people.harness.stop();
  await database.stop();
});

async function upload(name: string, text: string, path = "/api/uploader") {
  const form = new FormData();
  form.set("file", new Blob([text]), name);
  const response = await fetch(`${people.harness.manager.url()}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${people.admin.token}` },
    body: form,
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  return { status: response.status, body: (await response.json()) as any };
}

const yaml = `
sla_version: v2.0
customerID: someone
applications:
  - application_name: shop
    application_namespace: prod
    microservices: []
`;

test.each(["/api/uploader", "/api/uploader/", "/frontend/uploader"])(
  "%s says what an SLA says, and keeps nothing",
  async (path) => {
    expect(await upload("../../etc/sla.json", JSON.stringify(anSla()), path)).toMatchObject({
      status: 200,
      body: {
        path: "sla.json",
        sla_version: "v2.0",
        applications: [{ application_name: "shop", microservices: [expect.any(String)] }],
      },
    });
    expect((await people.admin.call("GET", path)).status).toBe(200);
  },
);

test.each(["sla.yml", "sla.yaml", "sla.txt", "SLA.YML"])("%s may be YAML", async (name) => {
  const { status, body } = await upload(name, yaml);
  expect([status, body.applications?.[0]?.application_name]).toEqual([200, "shop"]);
});

test("what is wrong with an SLA is listed", async () => {
  const { status, body } = await upload("sla.json", JSON.stringify(slaWithService({ vcpus: -1 })));
  expect(status).toBe(422);
  expect(body.errors[0].pointer).toBe("/applications/0/microservices/0/vcpus");
});

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`;
test.each([
  ["another kind of file", "sla.sh", "#!/bin/sh", 415],
  ["no JSON", "sla.json", "{", 400],
  ["no YAML", "sla.yml", "a: [", 400],
  ["YAML that grows", "sla.yml", bomb, 400],
  ["YAML that is deep", "sla.yml", "[".repeat(100_000), 400],
  ["a key into the prototype", "sla.yml", "__proto__: {isAdmin: true}", 400],
  ["more than a quarter of a megabyte", "sla.txt", "x".repeat(300_000), 413],
])("%s is refused", async (_what, name, text, status) => {
  expect((await upload(name, text)).status).toBe(status);
});

test("a form without the file, and none at all, are 400", async () => {
  const { token } = people.admin;
  const type = "multipart/form-data; boundary=x";
  for (const raw of ["--x--\r\n", "nothing", "--x\r\n\r\n\r\n--x--\r\n"]) {
    const answer = await people.harness.call("POST", "/api/uploader", {
      token,
      raw,
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(400);
  }
  expect((await people.admin.call("POST", "/api/uploader")).status).toBe(400);
});

test("it needs a user who may deploy", async () => {
  const call = (token?: string) =>
    people.harness.call("POST", "/frontend/uploader", { ...(token && { token }), raw: "{}" });
  expect((await call()).status).toBe(401);
  expect((await call((await people.add("guest", [])).token)).status).toBe(403);
});
