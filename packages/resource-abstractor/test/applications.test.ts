import { Application } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId, type Service, startService } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const body = (changes: Record<string, unknown> = {}) => ({
  application_name: `app${newId().slice(-8)}`,
  application_namespace: "test",
  userId: "Admin",
  ...changes,
});
const create = async (changes: Record<string, unknown> = {}) =>
  Application.parse(await service.call("POST /applications", body(changes)));

test("a posted application repeats its id and keeps unknown keys", async () => {
  const created = await create({ extra: { nested: true } });
  expect(created).toMatchObject({
    applicationID: created._id,
    application_desc: "",
    microservices: [],
    extra: { nested: true },
    rev: 1,
  });
  expect(await service.call(`GET /applications/${created._id}/`)).toEqual(created);
});

test("name and namespace are unique for a user, not between users", async () => {
  const first = body();
  await service.call("POST /applications", first);
  const refusal = await service.refusal("POST /applications", first);
  expect(refusal).toEqual({ status: 409, code: "name_taken" });
  await service.call("POST /applications", { ...first, userId: "someone" });
  await service.call("POST /applications", { ...first, application_namespace: "other" });
});

test("PATCH is compare-and-set when it names a version", async () => {
  const { _id } = await create();
  const path = `PATCH /applications/${_id}`;
  const patched = await service.call(path, { application_desc: "new", if_version: 1 });
  expect(patched).toMatchObject({ application_desc: "new", rev: 2 });
  const late = await service.refusal(path, { application_desc: "late", if_version: 1 });
  expect(late).toEqual({ status: 409, code: "version_conflict", params: { rev: 2 } });
  expect(await service.call(path, { microservices: [newId()], applicationID: "x" })).toMatchObject({
    applicationID: _id,
    rev: 3,
  });
});

test("renaming to a taken name is refused", async () => {
  const [a, b] = [await create(), await create()];
  const refusal = await service.refusal(`PATCH /applications/${a._id}`, {
    application_name: b.application_name,
  });
  expect(refusal).toEqual({ status: 409, code: "name_taken" });
});

test("lists filter by name, namespace, user, organization and ids", async () => {
  const userId = `user-${newId()}`;
  const organization_id = newId();
  const [a, b] = [await create({ userId }), await create({ userId, organization_id })];
  const ids = async (query: string) =>
    (await service.call<Application[]>(`GET /applications?${query}`)).map((app) => app._id);
  expect((await ids(`userId=${userId}`)).toSorted()).toEqual([a._id, b._id].toSorted());
  expect(await ids(`userId=${userId}&application_name=${b.application_name}`)).toEqual([b._id]);
  expect(await ids(`userId=${userId}&application_namespace=none`)).toEqual([]);
  expect(await ids(`organization_id=${organization_id}`)).toEqual([b._id]);
  expect(await ids(`ids=${a._id},${newId()}`)).toEqual([a._id]);
});

test("a removed application is answered once and unknown afterwards", async () => {
  const { _id } = await create();
  expect(await service.call(`DELETE /applications/${_id}`)).toMatchObject({ _id });
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const patch = method === "PATCH" ? {} : undefined;
    const refusal = await service.refusal(`${method} /applications/${_id}`, patch);
    expect(refusal).toEqual({ status: 404, code: "application_unknown" });
  }
});

test.each(["GET /applications/web", "DELETE /applications/1"])("%s is a bad id", async (line) => {
  expect(await service.refusal(line)).toEqual({ status: 400, code: "bad_id" });
});
