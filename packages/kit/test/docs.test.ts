import { gunzipSync, gzipSync } from "node:zlib";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { z } from "zod";
import { addDocs } from "../src/http/docs.ts";
import { errorBodySchema } from "../src/http/error-body.ts";
import { appUnderTest } from "./app-under-test.ts";

const KitTestThing = z.object({ name: z.string() }).meta({ id: "KitTestThing" });
z.object({ unused: KitTestThing }).meta({ id: "KitTestStranger" });

async function documentedApp() {
  const app = await appUnderTest({ docs: true, description: "What it does" });
  const response = { 200: KitTestThing, 422: errorBodySchema };
  app.post("/api/things", { schema: { body: KitTestThing, response } }, async ({ body }) => body);
  return app;
}

test("the document is OpenAPI 3.1 with named components and bearer tokens", async () => {
  const app = await documentedApp();
  const response = await app.inject({ url: "/docs/openapi.json" });
  expect(response.statusCode).toBe(200);
  const document = response.json();
  expect(document).toMatchObject({
    openapi: "3.1.0",
    info: { title: "Test API", version: "1.2.3", description: "What it does" },
    security: [{ bearerAuth: [] }],
  });
  expect(document.components.securitySchemes.bearerAuth).toMatchObject({ scheme: "bearer" });
  const { post } = document.paths["/api/things"];
  expect(post.requestBody.content["application/json"].schema.$ref).toContain("KitTestThing");
  expect(post.responses[422].content["application/json"].schema.$ref).toContain("Error");
});

test("the document lists only what is part of the API", async () => {
  const app = await documentedApp();
  const document = (await app.inject({ url: "/docs/openapi.json" })).json();
  expect(Object.keys(document.paths)).toEqual(["/api/things"]);
  expect(document.components.schemas).toHaveProperty("KitTestThing");
  expect(document.components.schemas).not.toHaveProperty("KitTestStranger");
});

test("the page answers with and without the final slash and loads from its own origin only", async () => {
  const app = await documentedApp();
  for (const url of ["/api/docs", "/api/docs/"]) {
    const response = await app.inject({ url });
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toContain("text/html");
    expect(response.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(response.body).not.toMatch(/(src|href)="https?:/);
    expect(response.body).toContain("/docs/openapi.json");
  }
});

test("the script of the page comes from the package, zipped or plain", async () => {
  const app = await documentedApp();
  const url = "/api/docs/reference.js";
  const zipped = await app.inject({ url, headers: { "accept-encoding": "gzip, br" } });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  const plain = await app.inject({ url });
  expect(plain.headers["content-type"]).toContain("text/javascript");
  expect(plain.rawPayload.equals(gunzipSync(zipped.rawPayload))).toBe(true);
  expect(plain.body).toContain("createApiReference");
});

test("the script is loaded at the first visit, once, and again after a failure", async () => {
  let loads = 0;
  const app = Fastify();
  await addDocs(app, {
    title: "Test",
    version: "1",
    referenceScript: async () => {
      loads += 1;
      if (loads === 1) throw new Error("no memory");
      return gzipSync("script");
    },
  });
  await app.ready();
  expect(loads).toBe(0);
  const statuses: number[] = [];
  for (let visit = 0; visit < 3; visit += 1) {
    statuses.push((await app.inject({ url: "/api/docs/reference.js" })).statusCode);
  }
  expect({ statuses, loads }).toEqual({ statuses: [500, 200, 200], loads: 2 });
  await app.close();
});

test("without docs neither answers", async () => {
  const app = await appUnderTest({ docs: false });
  expect((await app.inject({ url: "/docs/openapi.json" })).statusCode).toBe(404);
  expect((await app.inject({ url: "/api/docs" })).statusCode).toBe(404);
});
