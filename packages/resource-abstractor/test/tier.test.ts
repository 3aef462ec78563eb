import { afterAll, beforeAll, expect, test } from "vitest";
import { type Service, startService } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

interface Identity {
  incarnation: string;
  base: number;
}

test("a fresh database gets an incarnation once", async () => {
  const identity = await service.call<Identity>("GET /tier");
  expect(identity.incarnation).toMatch(/^[0-9a-f]{32}$/);
  expect(identity.base).toBe(0);
  expect(await service.call("GET /tier/")).toEqual(identity);
});

test("renewing the current incarnation changes it and lifts the base, a second time does nothing", async () => {
  const before = await service.call<Identity>("GET /tier");
  const body = { incarnation: before.incarnation };
  const after = await service.call<Identity>("POST /tier/renew", body);
  expect(after.incarnation).not.toBe(before.incarnation);
  expect(after.base).toBe(before.base + 1_000_000);
  expect(await service.call("POST /tier/renew", body)).toEqual(after);
});

test("callers without the secret of the tier are refused, also for unknown ids", async () => {
  const answer = await fetch(`${service.url}/api/v1/resources/nonsense`);
  expect(answer.status).toBe(401);
  const wrong = await fetch(`${service.url}/api/v1/tier`, {
    headers: { authorization: "Bearer something-else-entirely" },
  });
  expect(wrong.status).toBe(401);
});

test("health and the root page need no secret", async () => {
  expect(await (await fetch(`${service.url}/`)).text()).toBe("ok");
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
});

test("the API document lists the routes", async () => {
  const document = (await (await fetch(`${service.url}/docs/openapi.json`)).json()) as {
    paths: Record<string, unknown>;
  };
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/api/v1/tier",
      "/api/v1/resources",
      "/api/v1/resources/{id}/holds/{job}/{n}",
      "/api/v1/instances/{job}/{n}/seen",
      "/api/v1/jobs/{id}/{n}",
      "/api/v1/applications/{id}",
    ]),
  );
});
